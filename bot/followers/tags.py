"""Our tags kept in step with WeChat's (platform §8): 100 tags, 20 a person, 50 people a call.

A tag with a segment follows the segment: we are its master. A tag without one is made and given on WeChat's
console, or only made here: WeChat is its master and we read its members. A round is one call and one commit.
Two workers at once do no harm, only calls twice: each call may be repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import audit, clock
from bot.core.actor import Actor
from bot.core.db import insert_once, reading, transaction
from bot.core.logs import get_logger
from bot.core.refusals import Refusal, acts_of
from bot.followers import segments
from bot.followers.segments import Segment
from bot.followers.tag_calls import LONGEST_NAME, OF_A_JOB, REFUSED_SOME, match, renew, send
from bot.followers.tag_members import Change, changed, next_change
from bot.runtime.services import Services
from bot.staff.rights import Right, require
from bot.wechat import quotas
from bot.wechat.capabilities import Capability
from bot.wechat.errors import ApiError, Outcome
from bot.wechat.quotas import DAY, MINUTE, Allowance
from models.tags import Tag

log = get_logger(__name__)
PEOPLE_A_CALL = 50
_THIS_MINUTE = Allowance("tags_minute", "每分钟标签接口", MINUTE, 0)
_TODAY = Allowance("tags_day", "今日标签接口", DAY, 0)
WAITS = {
    Outcome.LATER: _THIS_MINUTE,
    Outcome.MINUTE: _THIS_MINUTE,
    Outcome.UNKNOWN: _THIS_MINUTE,  # every call may be repeated; a tag that was made after all is found by name
    Outcome.QUOTA: _TODAY,
}


class TagError(Refusal):
    """A tag that cannot be defined; the text says in Chinese what to do."""


def define(actor: Actor, name: str, segment: Segment | None) -> Tag:
    """A tag that follows a normalised segment, new or with another segment than before; without a segment a tag
    whose members are chosen on WeChat's console. Raises TagError, SegmentError and Denied."""
    require(actor.by, Right.FOLLOWER_MANAGE)
    name = _checked(name)
    if segment is not None:
        _check_segment(actor.db, name, segment)
    insert_once(actor.db, Tag, name=name, segment=segment or {}, created_at=clock.now())
    tag = actor.db.scalars(select(Tag).where(Tag.name == name).with_for_update()).one()
    if segment and not tag.segment:
        raise TagError(f"「{name}」是在微信后台手工打的标签，改成按人群会丢掉原有名单：请换一个标签名。")
    tag.segment, tag.synced_at, tag.reason = segment or {}, None, None
    said = segments.describe(segment) if segment else "手工"
    audit.record(actor.db, actor.by, "tag.define", "tag", tag.id, name=name, segment=said)
    return tag


def _checked(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise TagError(f"标签名应为 1 到 {LONGEST_NAME} 个字，不能有换行等控制字符。")
    if OF_A_JOB.fullmatch(name):
        raise TagError("「推送」加数字是群发时的临时标签，请换一个标签名。")
    return name


def _check_segment(db: Session, name: str, segment: Segment) -> None:
    used = {*segment.get("tags", ()), *segment.get("exclude", {}).get("tags", ())}
    if name in used:
        raise TagError(f"标签「{name}」的人群里用到了它自己：请去掉，或换一个标签名。")
    segments.recipients(segment)
    if wrong := segments.missing(db, segment):
        raise TagError("；".join(map(str, wrong)), *acts_of(wrong))


def ask(db: Session) -> int:
    """Have every tag compared with its segment and with WeChat again; how many. A hand-made tag that somebody
    deleted at WeChat is left alone."""
    asked = 0
    for tag in db.scalars(select(Tag).order_by(Tag.id).with_for_update()):
        if tag.segment or tag.wechat_id is not None or tag.synced_at is None:
            tag.synced_at, tag.reason = None, None
            asked += 1
    return asked


def all_tags(db: Session) -> list[Tag]:
    """Every tag, by name."""
    return list(db.scalars(select(Tag).order_by(Tag.name)))


def waiting(db: Session) -> str | None:
    """Why no call is made now, in Chinese, or None."""
    moment = clock.now()
    for allowance in (_TODAY, _THIS_MINUTE):
        if quotas.left(db, allowance, moment) == 0:
            return f"{allowance.label}暂停，{clock.local(allowance.ends(moment)):%m月%d日 %H:%M} 后继续"
    return None


def work(services: Services) -> int:
    """One round: how much was done; 0: nothing to do now."""
    if Capability.USERS not in services.capabilities:
        return 0
    with reading(services.engine) as db:
        tags = all_tags(db)
        if not tags or waiting(db):
            return 0
        fresh = _fresh(tags)
        change = None if fresh else _next_change(db, tags)
    if fresh:
        return _prepare(services, fresh)
    return _tried(services, [change.tag_id], lambda: send(services, change)) or 0 if change else 0


def _fresh(tags: list[Tag]) -> list[int]:
    return [tag.id for tag in tags if tag.synced_at is None and tag.reason is None]


def _next_change(db: Session, tags: list[Tag]) -> Change | None:
    ours = {
        tag.id: tag
        for tag in tags
        if tag.segment and tag.wechat_id is not None and tag.reason in (None, REFUSED_SOME)
    }
    tag_id = changed(db, ours) if ours else None
    return next_change(db, ours[tag_id], PEOPLE_A_CALL) if tag_id is not None else None


def _prepare(services: Services, fresh: list[int]) -> int:
    """Look at WeChat's list of tags once, then at each tag that was asked for."""
    there = _tried(services, fresh, lambda: match(services))
    if there is None:
        return 0
    with reading(services.engine) as db:
        found = _fresh(all_tags(db))
    for tag_id in found:
        if (
            services.stopping.is_set()
            or _tried(services, [tag_id], partial(renew, services, tag_id, there)) is None
        ):
            return 0
    return 1 + len(found)


def _tried(services: Services, tag_ids: list[int], step: Callable[[], int]) -> int | None:
    """What a step did; None when everybody has to wait. Another failure is written on the tags it concerns."""
    try:
        return step()
    except ApiError as error:
        log.warning("tags_stopped", errcode=error.errcode, outcome=error.outcome.name)
        with transaction(services.engine) as db:
            if error.outcome in WAITS:
                quotas.block(db, WAITS[error.outcome], clock.now())
                return None
            for tag in db.scalars(select(Tag).where(Tag.id.in_(tag_ids)).with_for_update()):
                tag.reason = error.advice[:255]
        return 1


def pull(services: Services) -> int:
    """Take over WeChat's list of tags now, also when we have none; how many WeChat has. Raises ApiError."""
    return match(services)
