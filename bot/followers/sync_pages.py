"""What WeChat says about followers, read leniently, and written into our rows many at a time (platform §8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.core.db import insert_or_set
from bot.followers.tag_members import note_tags
from bot.wechat.errors import Outcome
from bot.wechat.gateway import Answer, Gateway
from models.followers import Follower

COMPLETE = 0.99  # a list shorter than this part of WeChat's own total is not believed
ROWS_AT_ONCE = 1000  # parameters of one statement are limited
OF_ONE_PERSON = (Outcome.REFUSED, Outcome.BROKEN)  # 40003, 49003: one bad openid spoils a call for a hundred


@dataclass(frozen=True)
class Listed:
    """One page of openids; the last may come with or without openids, with or without `following`."""

    openids: list[str]
    following: str
    total: int | None

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Listed:
        """The page in an answer of user/get."""
        inner = data.get("data")
        openids = inner.get("openid") if isinstance(inner, Mapping) else None
        total = data.get("total")
        return cls(
            list(dict.fromkeys(str(one) for one in openids)) if isinstance(openids, list) else [],
            str(data.get("next_openid") or ""),
            total if isinstance(total, int) else None,
        )


@dataclass(frozen=True)
class Person:
    """What user/info says that we keep: never a name."""

    openid: str
    subscribed: bool
    since: datetime | None
    scene: str
    tags: frozenset[int]

    @classmethod
    def of(cls, info: Mapping[str, Any]) -> Person:
        """One entry of user_info_list."""
        since, scene = info.get("subscribe_time"), info.get("qr_scene_str") or info.get("qr_scene") or ""
        given = info.get("tagid_list")
        return cls(
            str(info.get("openid", "")),
            info.get("subscribe") in (1, "1", True),
            datetime.fromtimestamp(since, UTC) if isinstance(since, int) and since > 0 else None,
            str(scene)[:64],
            frozenset(one for one in given if isinstance(one, int))
            if isinstance(given, list)
            else frozenset(),
        )


def shortfall(seen: int, total: int | None) -> str | None:
    """Why a finished list cannot be believed, in Chinese, or None. Believing a short one would erase people."""
    if not total:
        return "微信报告的关注人数是 0，没有改动任何人。请管理员核对公众号；确实还没有关注者时不必同步。"
    if seen < total * COMPLETE:
        return (
            f"微信报告有 {total} 人关注，只列出 {seen} 人，没有把任何人当作取消关注。请稍后再运行一次同步。"
        )
    return None


def remember(db: Session, run_id: int, openids: Sequence[str]) -> int:
    """Mark these people as followers whom a run has seen; how many of them are new to us."""
    seen = {"subscribed": True, "unsubscribed_at": None, "seen_run": run_id}
    known: set[str] = set()
    for first in range(0, len(openids), ROWS_AT_ONCE):
        chunk = openids[first : first + ROWS_AT_ONCE]
        marked = update(Follower).where(Follower.openid.in_(chunk)).values(**seen)
        known.update(db.connection().scalars(marked.returning(Follower.openid)))
    fresh = [
        {"openid": openid, "message_left": 0, "tap_left": 0, **seen}
        for openid in openids
        if openid not in known
    ]
    if fresh:
        # Somebody may follow between the two statements.
        insert_or_set(db, Follower, fresh, key=["openid"], changes=lambda _new: seen)
    return len(fresh)


def described(gateway: Gateway, openids: Sequence[str]) -> list[Person] | Answer:
    """What WeChat knows of up to 100 people; of a person whom it refuses to describe, nothing. The answer
    itself when the call failed for another reason than a single person, or for everybody."""
    if not openids:
        return []
    answer = gateway.user_batchget(openids)
    if answer.ok:
        asked, listed = set(openids), answer.data.get("user_info_list")
        people = (
            [Person.of(one) for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
        )
        return [one for one in people if one.openid in asked]
    if answer.outcome is Outcome.REFUSED and len(openids) == 1:
        return []
    if answer.outcome not in OF_ONE_PERSON or len(openids) == 1:
        return answer
    return _halves(gateway, openids, answer)


def _halves(gateway: Gateway, openids: Sequence[str], whole: Answer) -> list[Person] | Answer:
    """Each half by itself, so that the good people come through; `whole` when both fail."""
    middle = len(openids) // 2
    first = described(gateway, openids[:middle])
    if isinstance(first, Answer) and first.outcome not in OF_ONE_PERSON:
        return first
    second = described(gateway, openids[middle:])
    if isinstance(second, Answer):
        return (
            whole if isinstance(first, Answer) and second.outcome in OF_ONE_PERSON else _only(first, second)
        )
    return second if isinstance(first, Answer) else [*first, *second]


def _only(first: list[Person] | Answer, second: Answer) -> list[Person] | Answer:
    return first if second.outcome in OF_ONE_PERSON else second


def write_down(db: Session, people: Sequence[Person]) -> None:
    """Since when these people follow, what brought them, and their tags. What an event told us stays."""
    known = {one.openid: one for one in people}
    ours = select(Follower).where(Follower.openid.in_(known)).order_by(Follower.id).with_for_update()
    here = []
    for follower in db.scalars(ours.execution_options(populate_existing=True)):
        one = known[follower.openid]
        follower.subscribed_at = follower.subscribed_at or one.since
        follower.scene = follower.scene or one.scene or None
        here.append(one)
    db.flush()
    note_tags(db, {one.openid: one.tags for one in here})
