"""An audience as one SELECT of followers (design §3), with a count, a masked sample and what it is in Chinese.

Every criterion is an EXISTS, so that nobody comes out twice and a chunk behind an id stays cheap with a million
followers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, not_, select
from sqlalchemy.orm import Session, aliased

from bot.core import clock
from bot.core.redaction import mask_openid
from bot.core.refusals import Advice
from bot.followers.segment_rules import (
    ALL,
    EXCLUDE,
    Segment,
    SegmentError,
    describe,
    is_everybody,
    parse,
)
from models.followers import Follower
from models.profiles import Profile
from models.staff import Staff
from models.study import Series, Subscription
from models.tags import Tag, Tagging

__all__ = [
    "Sample", "Segment", "SegmentError", "count", "describe", "is_everybody", "missing", "parse", "recipients",
    "sample",
]  # fmt: skip

PROFILE_KEYS = ("chamber", "street", "industry", "size", "membership", "young")


@dataclass(frozen=True)
class Sample:
    """One person of a segment as a list may show them: the company, and a masked openid."""

    company: str | None
    openid: str


def recipients(segment: Segment) -> Select[int, str]:
    """Followers of a normalised segment: `Follower.id`, `Follower.openid`, unordered, nobody twice. For chunks
    add `.where(Follower.id > cursor).order_by(Follower.id).limit(n)`. Raises SegmentError for an empty segment."""
    if not segment:
        raise SegmentError('人群条件是空的：全部关注者请写 "all"，否则请至少写一个条件')
    query = select(Follower.id, Follower.openid).where(Follower.subscribed, *_conditions(segment))
    left_out: Segment | None = segment.get(EXCLUDE)
    return query.where(not_(and_(*_conditions(left_out)))) if left_out else query


def count(db: Session, segment: Segment) -> int:
    """How many people a normalised segment has now."""
    return db.scalar(select(func.count()).select_from(recipients(segment).subquery())) or 0


def sample(db: Session, segment: Segment, limit: int = 5) -> list[Sample]:
    """A few people of a normalised segment, masked."""
    people = recipients(segment).order_by(Follower.id).limit(limit).subquery()
    company = select(Profile.company).where(Profile.openid == people.c.openid).scalar_subquery()
    return [
        Sample(name, mask_openid(openid)) for openid, name in db.execute(select(people.c.openid, company))
    ]


def missing(db: Session, segment: Segment) -> list[Advice]:
    """Names in a normalised segment that nothing here has, each with what to do: a misspelt tag under `exclude`
    would otherwise leave nobody out."""
    left_out: Segment = segment.get(EXCLUDE, {})
    names = {key: {*segment.get(key, ()), *left_out.get(key, ())} for key in ("tags", "series", "staff")}
    with_openid = (Staff.openid.is_not(None), Staff.active)
    tags = names["tags"] - set(db.scalars(select(Tag.name).where(Tag.name.in_(names["tags"]))))
    series = names["series"] - set(db.scalars(select(Series.slug).where(Series.slug.in_(names["series"]))))
    staff = names["staff"] - set(
        db.scalars(select(Staff.name).where(Staff.name.in_(names["staff"]), *with_openid))
    )
    return [
        *(Advice(f"没有标签「{name}」：请核对已有的标签", ("segment.list",)) for name in sorted(tags)),
        *(Advice(f"没有学习系列「{slug}」：请写 content/study/ 里的文件夹名") for slug in sorted(series)),
        *(Advice(f"没有可试发的同事「{name}」：请核对姓名，并登记其 openid") for name in sorted(staff)),
    ]


def _conditions(segment: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """All that must hold for a follower. None of them is ever NULL, so `exclude` may negate them."""
    makers: dict[str, Callable[[Any], ColumnElement[bool]]] = {
        "tags": _tagged,
        "series": _takes,
        "staff": _is_staff,
        "active_days": _active,
        "scene": _came_by,
    }
    found = [make(segment[key]) for key, make in makers.items() if key in segment]
    profile = {key: segment[key] for key in PROFILE_KEYS if key in segment}
    if profile:
        found.append(_has_profile(profile))
    if not found and ALL not in segment:
        raise SegmentError("人群条件里没有可用的条件：请先数一数人数，核对条件", "segment.count")
    return found


def _tagged(names: list[str]) -> ColumnElement[bool]:
    tagging, tag = aliased(Tagging), aliased(Tag)
    mine = (tagging.openid == Follower.openid, tagging.wanted, tagging.tag_id == tag.id, tag.name.in_(names))
    return exists().where(*mine)


def _takes(slugs: list[str]) -> ColumnElement[bool]:
    mine = (
        Subscription.openid == Follower.openid,
        Subscription.series_id == Series.id,
        Series.slug.in_(slugs),
    )
    return exists().where(*mine)


def _is_staff(names: list[str]) -> ColumnElement[bool]:
    return exists().where(Staff.openid == Follower.openid, Staff.active, Staff.name.in_(names))


def _active(days: int) -> ColumnElement[bool]:
    since = clock.now() - timedelta(days=days)
    return and_(Follower.last_seen_at.is_not(None), Follower.last_seen_at >= since)


def _came_by(scenes: list[str]) -> ColumnElement[bool]:
    return and_(Follower.scene.is_not(None), Follower.scene.in_(scenes))


def _has_profile(words: Mapping[str, Any]) -> ColumnElement[bool]:
    wanted = [
        Profile.young.is_(value) if key == "young" else getattr(Profile, key).in_(value)
        for key, value in words.items()
    ]
    return exists().where(Profile.openid == Follower.openid, *wanted)
