"""The calls about tags, each followed by its own commit; no transaction is open during a call (platform §8).
Raises ApiError for what concerns more than single people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import clock
from bot.core.db import insert_once, reading, transaction
from bot.followers import tag_members
from bot.followers.sync_pages import Listed
from bot.followers.tag_members import Change
from bot.runtime.services import Services
from bot.wechat.errors import ApiError, Outcome
from bot.wechat.gateway import Answer
from models.tags import Tag

MOST_TAGS = 100
LONGEST_NAME = 30  # characters
SYSTEM_TAGS = frozenset({0, 1, 2})
OF_A_JOB = re.compile(r"推送\d+")  # the tag of one mass send, see bot/outgoing/delivery/mass_tag.py
SOME_FAILED = 45171
NO_SUCH_TAG = frozenset({45159, 40152})
OTHER_ACCOUNT = 49003
OF_ONE_PERSON = frozenset({45059, 40003, OTHER_ACCOUNT})  # one such person spoils a call for fifty
REFUSED_SOME = "有关注者的标签已满 20 个或不能打标签，这些人没有打上，其余的已同步；清理旧标签后可再同步。"
DELETED = "微信后台已删除这个标签，本系统保留了名单；要继续使用请换一个名字重新建立。"
NAME_TAKEN = "微信后台把它改成了「{}」，与本系统另一个标签重名：请在微信后台换个名字，再同步。"
TOO_MANY = f"微信的标签已满 {MOST_TAGS} 个：请到公众平台删除不用的标签，再同步标签。"


def match(services: Services) -> int:
    """Bring the list of tags into step with WeChat's; how many WeChat has."""
    listed = _said(services.gateway.tags_get()).get("tags")
    tags = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    named = {int(one["id"]): str(one.get("name", ""))[:LONGEST_NAME] for one in tags if "id" in one}
    theirs = {
        number: name
        for number, name in named.items()
        if number not in SYSTEM_TAGS and name and not OF_A_JOB.fullmatch(name)
    }
    with transaction(services.engine) as db:
        _match(db, theirs)
    return len(named.keys() - SYSTEM_TAGS)


def _match(db: Session, theirs: Mapping[int, str]) -> None:
    """Our tags are WeChat's by id, else by name; what was made on the console becomes ours too."""
    ours = list(db.scalars(select(Tag).order_by(Tag.id).with_for_update()))
    for tag in ours:
        if tag.wechat_id is not None and tag.wechat_id not in theirs:
            _lost(db, tag)
    by_id = {tag.wechat_id: tag for tag in ours if tag.wechat_id is not None}
    by_name = {tag.name: tag for tag in ours}
    for number, name in theirs.items():
        known, namesake = by_id.get(number), by_name.get(name)
        if known is not None:
            _rename(known, name, taken=namesake is not None)
        elif namesake is not None and namesake.wechat_id is None:
            namesake.wechat_id, namesake.synced_at, namesake.reason = number, None, None
        elif namesake is None:
            insert_once(db, Tag, name=name, wechat_id=number, segment={}, created_at=clock.now())


def _rename(tag: Tag, name: str, *, taken: bool) -> None:
    if tag.name != name and taken:
        tag.reason = NAME_TAKEN.format(name)
    elif tag.name != name:
        tag.name = name


def _lost(db: Session, tag: Tag) -> None:
    """WeChat has it no more: one with a segment is made again; a hand-made one keeps its people, because a
    segment may leave them out by it, and waits for staff."""
    tag.wechat_id = None
    tag_members.forget_at_wechat(db, tag)
    if tag.segment:
        tag.synced_at = None
    else:
        tag.synced_at, tag.reason = tag.synced_at or clock.now(), DELETED


def renew(services: Services, tag_id: int, tags_there: int) -> int:
    """One tag: made at WeChat if need be, its people as they should be; whether there was such a tag."""
    with reading(services.engine) as db:
        tag = db.get(Tag, tag_id)
    if tag is None:
        return 0
    if tag.wechat_id is None:
        tag.wechat_id = _create(services, tag, tags_there)
    if tag.segment:
        _follow(services, tag)
    else:
        _read_members(services, tag)
    with transaction(services.engine) as db:
        row = db.get(Tag, tag_id, with_for_update=True)
        if row is not None and row.segment == tag.segment:  # else it was defined anew meanwhile
            row.synced_at = clock.now()
    return 1


def _create(services: Services, tag: Tag, tags_there: int) -> int:
    """The id of the new tag. When the answer was lost, the next look at WeChat's list finds it by its name."""
    if tags_there >= MOST_TAGS:
        raise ApiError(None, "", Outcome.ADMIN, TOO_MANY)
    wechat_id = int(_said(services.gateway.tags_create(tag.name))["tag"]["id"])
    with transaction(services.engine) as db:
        row = db.get(Tag, tag.id, with_for_update=True)
        if row is not None:
            row.wechat_id = wechat_id
    return wechat_id


def _follow(services: Services, tag: Tag) -> None:
    cursor: int | None = 0
    while cursor is not None:
        with transaction(services.engine) as db:
            cursor = tag_members.follow_segment(db, tag, cursor)
    more = True
    while more:
        with transaction(services.engine) as db:
            more = tag_members.drop_others(db, tag) > 0


def _read_members(services: Services, tag: Tag) -> None:
    """Who has a hand-made tag. Nobody loses it here before the whole list is read."""
    assert tag.wechat_id is not None
    with transaction(services.engine) as db:
        tag_members.forget_at_wechat(db, tag)
    behind, more = "", True
    while more:
        page = Listed.of(_said(services.gateway.tag_members(tag.wechat_id, behind)))
        with transaction(services.engine) as db:
            tag_members.note_members(db, tag, page.openids)
        more = bool(page.openids) and page.following not in ("", behind)
        behind = page.following
    with transaction(services.engine) as db:
        tag_members.forget_missing(db, tag)


def send(services: Services, change: Change) -> int:
    """Tell WeChat about up to fifty people; how many. Single people whom it refuses are given up."""
    refused = _send(services, change)
    if len(refused) == len(change.openids) > 1 and set(refused) == {OTHER_ACCOUNT}:
        raise ApiError.of(OTHER_ACCOUNT, "")  # not these people: the whole list is another account's
    return len(change.openids)


def _send(services: Services, change: Change) -> list[int | None]:
    """The codes of those who were refused. Halving finds them in a few calls."""
    gateway = services.gateway
    call = gateway.batchtagging if change.give else gateway.batchuntagging
    answer = call(change.wechat_id, change.openids)
    if answer.errcode in NO_SUCH_TAG:
        _lose(services, change.tag_id)
        return []
    again = _not_done(answer, change.openids)
    with transaction(services.engine) as db:
        tag_members.done(db, change, [one for one in change.openids if one not in again])
        if len(again) == 1 == len(change.openids):
            tag_members.given_up(db, change, again)
            _note_refusal(db, change)
            return [answer.errcode]
    middle = (len(again) + 1) // 2
    halves = [half for half in (again[:middle], again[middle:]) if half]
    return [code for half in halves for code in _send(services, replace(change, openids=half))]


def _not_done(answer: Answer, openids: list[str]) -> list[str]:
    """The people with whom a call did not do what it should."""
    if answer.errcode in OF_ONE_PERSON:
        return openids
    if not answer.ok and answer.errcode != SOME_FAILED:
        raise answer.error()
    listed = answer.data.get("fail_openid_list")
    failed = [one for one in openids if isinstance(listed, list) and one in listed]
    return failed if failed or answer.ok else openids


def _note_refusal(db: Session, change: Change) -> None:
    tag = db.get(Tag, change.tag_id, with_for_update=True)
    if tag is not None and change.give:
        tag.reason = REFUSED_SOME


def _lose(services: Services, tag_id: int) -> None:
    with transaction(services.engine) as db:
        tag = db.get(Tag, tag_id, with_for_update=True)
        if tag is not None:
            _lost(db, tag)


def _said(answer: Answer) -> Mapping[str, Any]:
    if not answer.ok:
        raise answer.error()
    return answer.data
