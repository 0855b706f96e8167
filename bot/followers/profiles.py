"""Which company a follower speaks for: the words that may be used, and how they are set, one by one or merged.

Words come from the ledger (domain §4.1) and the district's own lists (domain §8.1); nothing else is stored, so
that a segment finds everybody it means.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from bot.content.closed_lists import TAGS
from bot.core import audit, clock
from bot.core.actor import Actor
from bot.core.db import insert_once
from bot.core.refusals import Refusal
from bot.staff.rights import Right, require
from models.followers import find_follower
from models.profiles import Profile

FIELDS = {
    "company": "企业名称",
    "chamber": "所属商会",
    "street": "所属街道",
    "industry": "行业",
    "size": "规模",
    "membership": "会员类别",
    "young": "新生代企业家",
}
CLOSED: dict[str, tuple[str, ...]] = {
    "street": TAGS["area"],
    "industry": TAGS["industry"],
    "size": ("大", "中", "小", "微", "个体工商户"),
    "membership": ("执常委", "会员", "非会员"),
}
SEPARATOR = "、"  # between several words of one field
LENGTHS = {"company": 128, "chamber": 64}
_ENDINGS = {"street": ("街道", "地区"), "size": ("型企业", "企业", "型")}
_OTHER_WORDS = {"size": {"个体": "个体工商户", "个体户": "个体工商户"}}
_YES = frozenset({"是", "true", "yes", "1"})
_NO = frozenset({"否", "false", "no", "0"})


class ProfileError(Refusal):
    """A word that cannot stand in a profile; the text says in Chinese which words can."""


def canonical(field: str, word: str) -> str | bool:
    """The word as it is stored: 「八角街道」 is 八角, 「小型」 is 小. Raises ProfileError."""
    word = word.strip()
    if field == "young":
        return _flag(word)
    if field in CLOSED:
        return _one_of(field, word)
    if not word or len(word) > LENGTHS[field] or not word.isprintable():
        raise ProfileError(f"{FIELDS[field]} 应为 1 到 {LENGTHS[field]} 个字，不能有换行等控制字符")
    return word


def _flag(word: str) -> bool:
    if word.lower() in _YES | _NO:
        return word.lower() in _YES
    raise ProfileError(f"{FIELDS['young']} 应为 是 或 否，写的是「{word[:20]}」")


def _one_of(field: str, word: str) -> str:
    shorter = [word.removesuffix(ending) for ending in _ENDINGS.get(field, ())]
    for candidate in (word, _OTHER_WORDS.get(field, {}).get(word, ""), *shorter):
        if candidate in CLOSED[field]:
            return candidate
    raise ProfileError(f"{FIELDS[field]} 没有「{word[:20]}」这个词；可用的是 {'、'.join(CLOSED[field])}")


def set_profile(actor: Actor, openid: str, words: Mapping[str, str]) -> Profile:
    """Merge these fields into a follower's profile; an empty word empties its field, the others stay.

    Raises ProfileError, also for somebody who does not follow, and Denied. The audit row names fields only.
    """
    require(actor.by, Right.FOLLOWER_MANAGE)
    given = {field: canonical(field, word) if word.strip() else None for field, word in words.items()}
    follower = find_follower(actor.db, openid)
    if follower is None or not follower.subscribed:
        raise ProfileError("关注者里没有这个 openid。请核对，或先同步关注者名单再试。", "followers.sync")
    insert_once(actor.db, Profile, openid=openid, updated_at=clock.now())
    profile = actor.db.scalars(select(Profile).where(Profile.openid == openid).with_for_update()).one()
    merge(profile, given)
    audit.record(actor.db, actor.by, "profile.set", "profile", profile.id, fields=sorted(given))
    return profile


def merge(profile: Profile, given: Mapping[str, Any]) -> None:
    """Put these stored words into a profile and note when."""
    for field, word in given.items():
        setattr(profile, field, word)
    profile.updated_at = clock.now()
