"""Who has a tag, as rows: wanted by us, there at WeChat. Set-based, in transactions of bounded length."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, literal, not_, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from bot.core.db import insert_or_set
from bot.followers import segments
from models.followers import Follower
from models.tags import Tag, Tagging

AT_ONCE = 20_000  # rows of one transaction
PLAIN = {"synchronize_session": False}


@dataclass(frozen=True)
class Change:
    """Up to fifty people whom WeChat is to give a tag, or to take it from."""

    tag_id: int
    wechat_id: int
    give: bool
    openids: list[str]


def follow_segment(db: Session, tag: Tag, cursor: int) -> int | None:
    """Want the tag for the next people of its segment behind a follower id: the id reached, None at the end."""
    part = segments.recipients(tag.segment).where(Follower.id > cursor).order_by(Follower.id).limit(AT_ONCE)
    last: int | None = db.scalar(select(func.max(part.subquery().c.id)))
    if last is None:
        return None
    people = segments.recipients(tag.segment).where(Follower.id > cursor, Follower.id <= last).subquery()
    new: dict[str, ColumnElement[Any]] = {
        "tag_id": literal(tag.id),
        "wanted": literal(True),
        "there": literal(False),
    }
    rows = select(people.c.openid, *(value.label(name) for name, value in new.items()))
    insert_or_set(
        db,
        Tagging,
        rows.where(literal(1) == 1),  # SQLite wants a WHERE between SELECT and ON CONFLICT
        key=["openid", "tag_id"],
        changes=lambda _new: {"wanted": True},
        where=not_(Tagging.wanted),
    )
    return last


def drop_others(db: Session, tag: Tag) -> int:
    """Stop wanting the tag for some who are not in its segment any more; how many, 0 at the end."""
    still = segments.recipients(tag.segment).where(Follower.openid == Tagging.openid).exists()
    some = select(Tagging.id).where(Tagging.tag_id == tag.id, Tagging.wanted, ~still).limit(AT_ONCE)
    dropped = _rows(db, update(Tagging).where(Tagging.id.in_(some)).values(wanted=False))
    db.execute(delete(Tagging).where(*_idle(tag.id)), execution_options=PLAIN)
    return dropped


def changed(db: Session, tag_ids: Collection[int]) -> int | None:
    """One of these tags of which WeChat does not know what we want. Asked often: two looks into an index a tag."""
    open_ends = [
        exists().where(Tagging.tag_id == Tag.id, Tagging.wanted.is_(give), Tagging.there.is_(not give))
        for give in (True, False)
    ]
    return db.scalar(select(Tag.id).where(Tag.id.in_(tag_ids), or_(*open_ends)).limit(1))


def next_change(db: Session, tag: Tag, most: int) -> Change | None:
    """The next people whose tag at WeChat is not yet as we want it."""
    assert tag.wechat_id is not None
    for give in (False, True):
        query = select(Tagging.openid).where(
            Tagging.tag_id == tag.id, Tagging.wanted.is_(give), Tagging.there.is_(not give)
        )
        if openids := list(db.scalars(query.order_by(Tagging.id).limit(most))):
            return Change(tag.id, tag.wechat_id, give, openids)
    return None


def done(db: Session, change: Change, openids: Collection[str]) -> None:
    """WeChat has carried the change out for these people."""
    _change(db, change, openids, there=change.give)


def given_up(db: Session, change: Change, openids: Collection[str]) -> None:
    """WeChat refuses the change for these people: they stay as WeChat has them until the tag is asked for again.
    Who cannot lose a tag is no follower any more."""
    if change.give:
        _change(db, change, openids, wanted=False)
    else:
        _change(db, change, openids, there=False)


def _change(db: Session, change: Change, openids: Collection[str], **values: bool) -> None:
    mine = (Tagging.tag_id == change.tag_id, Tagging.openid.in_(openids))
    db.execute(update(Tagging).where(*mine).values(**values), execution_options=PLAIN)
    db.execute(delete(Tagging).where(*mine, *_idle(change.tag_id)), execution_options=PLAIN)


def forget_at_wechat(db: Session, tag: Tag) -> None:
    """WeChat has this tag no more: nobody has it there."""
    db.execute(update(Tagging).where(Tagging.tag_id == tag.id).values(there=False), execution_options=PLAIN)


def note_members(db: Session, tag: Tag, openids: Collection[str]) -> None:
    """These people have a hand-made tag at WeChat."""
    _note(db, [(openid, tag.id, True) for openid in openids])


def forget_missing(db: Session, tag: Tag) -> None:
    """Who was not noted since `forget_at_wechat` has lost a hand-made tag."""
    gone = (Tagging.tag_id == tag.id, Tagging.there.is_(False))
    db.execute(delete(Tagging).where(*gone), execution_options=PLAIN)


def note_tags(db: Session, found: Mapping[str, Collection[int]]) -> None:
    """What WeChat says about the tags of these people (by its own tag ids), who are all described."""
    ours = {tag.wechat_id: tag for tag in db.scalars(select(Tag).where(Tag.wechat_id.is_not(None)))}
    if not ours or not found:
        return
    theirs = (Tagging.openid.in_(found), Tagging.tag_id.in_([tag.id for tag in ours.values()]))
    db.execute(update(Tagging).where(*theirs).values(there=False), execution_options=PLAIN)
    rows = [
        (openid, ours[one].id, not ours[one].segment)
        for openid, ids in found.items()
        for one in ids
        if one in ours
    ]
    _note(db, rows)
    hand_made = [tag.id for tag in ours.values() if not tag.segment]
    lost = (*theirs, Tagging.there.is_(False), Tagging.tag_id.in_(hand_made))
    db.execute(delete(Tagging).where(*lost), execution_options=PLAIN)


def members(db: Session, tag: Tag) -> tuple[int, int]:
    """How many people should have a tag, and how many have it at WeChat."""
    query = select(
        func.count().filter(Tagging.wanted), func.count().filter(Tagging.there)
    ).where(Tagging.tag_id == tag.id)  # fmt: skip
    wanted, there = db.execute(query).one()
    return wanted, there


def _note(db: Session, rows: list[tuple[str, int, bool]]) -> None:
    """(openid, tag, whether that makes it wanted): they have the tag at WeChat."""
    if not rows:
        return
    values = [
        {"openid": openid, "tag_id": tag_id, "wanted": wanted, "there": True}
        for openid, tag_id, wanted in rows
    ]
    insert_or_set(
        db,
        Tagging,
        values,
        key=["openid", "tag_id"],
        changes=lambda new: {"there": True, "wanted": or_(Tagging.wanted, new.wanted)},
    )


def _idle(tag_id: int) -> tuple[ColumnElement[bool], ...]:
    return (Tagging.tag_id == tag_id, and_(not_(Tagging.wanted), not_(Tagging.there)))


def _rows(db: Session, statement: object) -> int:
    result = db.execute(statement, execution_options=PLAIN)  # type: ignore[call-overload]
    assert isinstance(result, CursorResult)
    return result.rowcount
