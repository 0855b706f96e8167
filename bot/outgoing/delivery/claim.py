"""Claiming: a worker leases a few messages, spends the people's windows and the account's allowance for them, and
gives back what it does not send. A claim is one transaction; nothing remote is in it.

Rows of deliveries are locked before followers here, against the order of a turn; so a follower that a turn has
locked is skipped, never waited for.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    and_,
    bindparam,
    cast,
    exists,
    literal_column,
    null,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Session

from bot.core import clock
from bot.core.db import reading, transaction
from bot.followers import people
from bot.outgoing.broadcasts import verbs
from bot.outgoing.broadcasts.why_waiting import DAILY, goes_on, say_why
from bot.outgoing.delivery import publishing
from bot.outgoing.single_messages import form_and_payload, payload_of
from bot.runtime.services import Services
from bot.study import series
from bot.wechat import quotas
from bot.wechat.quotas import Allowance
from bot.wechat.windows import Windows, spend
from models.base import UTCDateTime
from models.consents import NoticeConsent
from models.followers import Follower
from models.outgoing import Broadcast, BroadcastState, Channel, Delivery, DeliveryState

D = DeliveryState
SINGLY = (Channel.CUSTOM, Channel.TEMPLATE, Channel.NOTICE)  # one call a person
BUSY_PERSON = timedelta(seconds=1)  # a turn of theirs is under way: their window is about to change
TEMPLATE_REMEMBERED = timedelta(minutes=5)
UNSYNCHRONISED = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one person that this worker may send until its lease ends."""

    id: int
    key: str = field(repr=False)
    recipient: str = field(repr=False)
    channel: Channel
    form: str
    payload: dict[str, Any] = field(repr=False)
    broadcast_id: int | None


_Where = tuple[ColumnElement[bool], ...]


@dataclass(frozen=True)
class _Stream:
    """Rows that compete for one channel: single messages, what a person has just asked for, or one broadcast."""

    where: _Where
    channel: Channel
    broadcast_id: int | None = None


def claim(services: Services) -> list[Letter]:
    """Lease the next messages: those to people who wait for an answer first, then a broadcast's."""
    moment = clock.now()
    with reading(services.engine) as db:
        streams = _find_streams(services, db, moment)
    for stream in streams:
        with transaction(services.engine) as db:
            letters = _lease(services, db, stream, moment)
        if letters:
            return letters
    return []


def _find_streams(services: Services, db: Session, moment: datetime) -> list[_Stream]:
    """The streams that have something to send now: single messages and what was asked for first, then broadcasts in
    random order, so that each gets its share and workers do not all begin with the same."""
    due = (Delivery.state == D.QUEUED, Delivery.not_before <= moment)
    urgent, many = [], []
    found = db.connection().execute(
        _streams_query(quiet=verbs.is_quiet(services, moment)), {"moment": moment}
    )
    for kind, broadcast_id, name in found:
        channel = Channel(name)
        if kind == _BROADCAST:
            which: _Where = (Delivery.broadcast_id == broadcast_id, *due, Delivery.channel == channel)
            many.append(_Stream(which, channel, broadcast_id))
        else:
            urgent.append(_Stream((_URGENT[kind], *due, Delivery.channel == channel), channel))
    random.shuffle(many)
    return [*urgent, *many]


_STOPPED = select(Broadcast.id).where(Broadcast.state.in_((BroadcastState.PAUSED, BroadcastState.CANCELLED)))
_NOT_STOPPED = or_(Delivery.broadcast_id.is_(None), Delivery.broadcast_id.not_in(_STOPPED))
_URGENT = {"alone": Delivery.broadcast_id.is_(None), "asked": and_(Delivery.asked, _NOT_STOPPED)}
_BROADCAST = "broadcast"


@lru_cache
def _streams_query(*, quiet: bool) -> Any:
    """The query for rows (kind, broadcast, channel) of what has something to send; built once, because every idle
    thread asks it again and again."""
    due = (Delivery.state == D.QUEUED, Delivery.not_before <= bindparam("moment", type_=UTCDateTime()))
    going = (Broadcast.state == BroadcastState.SENDING, *((Broadcast.urgent,) if quiet else ()))
    branches = []
    for channel in SINGLY:
        mine = (*due, Delivery.channel == channel)
        for kind, which in _URGENT.items():
            row = (_literal(kind), cast(null(), Integer).label("broadcast"), _literal(channel.value))
            branches.append(select(*row).where(exists().where(which, *mine)))
        of_it = exists().where(Delivery.broadcast_id == Broadcast.id, *mine)
        branches.append(
            select(_literal(_BROADCAST), Broadcast.id, _literal(channel.value)).where(*going, of_it)
        )
    return union_all(*branches)


def _literal(word: str) -> Any:
    return literal_column(f"'{word}'")


def _lease(services: Services, db: Session, stream: _Stream, moment: datetime) -> list[Letter]:
    allowances = _allowances_of(services, stream.channel)
    granted = _take_allowances(db, allowances, services.config.delivery.batch_size, moment)
    if granted == 0:
        if stream.broadcast_id is not None:
            say_why(db, services.config, stream.broadcast_id, stream.channel, moment)
        return []
    locked = _lock_letters(db, stream, granted)
    going = _ready_to_send(db, stream, locked, moment)
    until = moment + timedelta(seconds=services.config.delivery.lease_seconds)
    _update_rows(db, [letter.id for letter in going], state=D.LEASED, leased_until=until, asked=False)
    for allowance in allowances:
        quotas.give_back(db, allowance, granted - len(going), moment)
    return going


def _allowances_of(services: Services, channel: Channel) -> list[Allowance]:
    known = quotas.allowances(services.config)
    return [known["send_minute"], known[DAILY[channel]]]


def _take_allowances(db: Session, allowances: list[Allowance], wanted: int, moment: datetime) -> int:
    """Take as many of each allowance as all of them have; how many that is."""
    granted = wanted
    taken: list[Allowance] = []
    for allowance in allowances:
        got = quotas.take(db, allowance, granted, moment)
        for earlier in taken:
            quotas.give_back(db, earlier, granted - got, moment)
        taken.append(allowance)
        granted = got
    return granted


def _lock_letters(db: Session, stream: _Stream, most: int) -> list[Letter]:
    """The next rows of a stream, locked; a row without a person has been erased and is left alone."""
    columns = (Delivery.id, Delivery.key, Delivery.recipient, Delivery.broadcast_id, Delivery.payload)
    query = select(*columns).where(*stream.where, Delivery.recipient.is_not(None)).order_by(Delivery.id)
    rows = db.execute(query.limit(most).with_for_update(skip_locked=True)).all()
    ids = {row.broadcast_id for row in rows if row.broadcast_id is not None}
    found = {one.id: one for one in db.scalars(select(Broadcast).where(Broadcast.id.in_(ids)))} if ids else {}
    articles = {one.id: publishing.article_id(db, one) for one in found.values() if one.form == "article"}
    goes_on(db, found.values())
    letters = []
    for row in rows:
        form, payload = form_and_payload(row.payload, found.get(row.broadcast_id))
        if form == "article":
            payload = {"article_id": articles[row.broadcast_id]}
        letters.append(
            Letter(row.id, row.key, row.recipient, stream.channel, form, payload, row.broadcast_id)
        )
    return _still_wanted(db, letters, found)


def _still_wanted(db: Session, letters: list[Letter], found: dict[int, Broadcast]) -> list[Letter]:
    """The letters without those whose person has unsubscribed from the series since."""
    if not any(broadcast.series_id is not None for broadcast in found.values()):
        return letters
    ids = [letter.id for letter in letters]
    series.cancel_unwanted(db, Delivery.id.in_(ids))
    still_queued = set(
        db.scalars(select(Delivery.id).where(Delivery.id.in_(ids), Delivery.state == D.QUEUED))
    )
    return [letter for letter in letters if letter.id in still_queued]


def _update_rows(db: Session, ids: list[int], **values: object) -> None:
    if ids:
        db.execute(
            update(Delivery).where(Delivery.id.in_(ids)).values(**values), execution_options=UNSYNCHRONISED
        )


def _ready_to_send(db: Session, stream: _Stream, locked: list[Letter], moment: datetime) -> list[Letter]:
    """Those of the locked rows that may go now; each of the others is put where it belongs."""
    if stream.channel is Channel.CUSTOM:
        return _with_window(db, locked, moment)
    if stream.channel is Channel.NOTICE:
        return _with_consent(db, locked)
    return locked


def _with_window(db: Session, letters: list[Letter], moment: datetime) -> list[Letter]:
    """Spend one message of each person's window."""
    openids = {letter.recipient for letter in letters}
    query = select(*_WINDOW_COLUMNS).where(Follower.openid.in_(openids)).order_by(Follower.id)
    rows = db.execute(query.with_for_update(skip_locked=True)).all()
    persons = {row.openid: row.id for row in rows}
    windows = {row.openid: Windows(*row[2:6]) for row in rows if row.subscribed}
    busy = openids - persons.keys()
    if busy:
        busy = set(db.scalars(select(Follower.openid).where(Follower.openid.in_(busy))))
    going: list[Letter] = []
    closed: list[int] = []
    later: list[int] = []
    for letter in letters:
        left = spend(windows[letter.recipient], moment) if letter.recipient in windows else None
        if left is not None:
            windows[letter.recipient] = left
            going.append(letter)
        else:
            (later if letter.recipient in busy else closed).append(letter.id)
    _update_rows(db, later, not_before=moment + BUSY_PERSON)
    _update_rows(db, closed, channel=None)  # choose again: the window is over
    spent = {letter.recipient for letter in going}
    moved = [
        {"row": persons[openid], "message": windows[openid].message_left, "tap": windows[openid].tap_left}
        for openid in spent
    ]
    if moved:
        db.connection().execute(_SPEND_WINDOW, moved)
    return going


_WINDOW_COLUMNS = (
    Follower.id,
    Follower.openid,
    Follower.message_until,
    Follower.message_left,
    Follower.tap_until,
    Follower.tap_left,
    Follower.subscribed,
)
_SPEND_WINDOW = (
    update(Follower)
    .where(Follower.id == bindparam("row"))
    .values(message_left=bindparam("message"), tap_left=bindparam("tap"))
)


def _with_consent(db: Session, letters: list[Letter]) -> list[Letter]:
    """Spend one consent of each person: one notice for each time they agreed (platform §7.2)."""
    going: list[Letter] = []
    refused: list[Letter] = []
    for letter in letters:
        template = str(letter.payload.get("template_id", ""))
        mine = (NoticeConsent.openid == letter.recipient, NoticeConsent.template_id == template)
        spent = update(NoticeConsent).where(*mine, NoticeConsent.left > 0).values(left=NoticeConsent.left - 1)
        got = db.scalar(spent.returning(NoticeConsent.id), execution_options=UNSYNCHRONISED)
        (going if got is not None else refused).append(letter)
    _update_rows(db, [letter.id for letter in refused], channel=None)
    return going


def release(services: Services, letters: list[Letter]) -> None:
    """Give leased rows back at once, with the windows and the allowance that were spent for them."""
    if not letters:
        return
    moment = clock.now()
    ids = [letter.id for letter in letters]
    with transaction(services.engine) as db:
        mine = update(Delivery).where(Delivery.id.in_(ids), Delivery.state == D.LEASED)
        back = set(
            db.scalars(
                mine.values(state=D.QUEUED, leased_until=None).returning(Delivery.id),
                execution_options=UNSYNCHRONISED,
            )
        )
        unsent = [letter for letter in letters if letter.id in back]
        give_back(db, [(one.recipient, one.channel, one.payload) for one in unsent], moment)
        for channel, count in Counter(letter.channel for letter in unsent).items():
            for allowance in _allowances_of(services, channel):
                quotas.give_back(db, allowance, count, moment)


def give_back(db: Session, unsent: list[tuple[str, Channel, dict[str, Any]]], moment: datetime) -> None:
    """Undo the spending of windows and consents for messages that never left. A person who is in a turn just now
    keeps the loss: the turn has given them a new window."""
    for openid, count in Counter(
        openid for openid, channel, _ in unsent if channel is Channel.CUSTOM
    ).items():
        query = select(Follower).where(Follower.openid == openid).with_for_update(skip_locked=True)
        person = db.scalar(query.execution_options(populate_existing=True))
        for _ in range(count):
            people.give_back(person, moment)
    for openid, channel, payload in unsent:
        if channel is Channel.NOTICE:
            mine = and_(
                NoticeConsent.openid == openid, NoticeConsent.template_id == str(payload.get("template_id"))
            )
            db.execute(
                update(NoticeConsent).where(mine).values(left=NoticeConsent.left + 1),
                execution_options=UNSYNCHRONISED,
            )


def recover(services: Services) -> int:
    """Take up the rows whose worker died: those not yet sent are free again, those possibly sent are unknown for good,
    unless their channel has an id that makes a repeat safe."""
    moment = clock.now()
    lost = (Delivery.leased_until.is_not(None), Delivery.leased_until < moment)
    with reading(services.engine) as db:
        if db.scalar(select(Delivery.id).where(*lost).limit(1)) is None:
            return 0
    with transaction(services.engine) as db:
        rows = list(db.scalars(select(Delivery).where(*lost).limit(500).with_for_update(skip_locked=True)))
        unsent = []
        for row in rows:
            ended, row.leased_until = row.leased_until or moment, None
            if row.state is D.LEASED:
                row.state = D.QUEUED
                if row.recipient is not None and row.channel is not None:
                    unsent.append((row.recipient, row.channel, payload_of(db, row)[1]))
            elif (
                row.state is D.SENDING
                and row.channel is Channel.TEMPLATE
                and _is_repeatable(row, ended, moment)
            ):
                row.state = D.QUEUED  # the same client_msg_id: WeChat drops the second (platform §7.1)
            elif row.state is D.SENDING:
                row.state, row.settled_at = D.UNKNOWN, moment
                row.detail = "发送途中进程中断，是否送达未知，请人工核实"
        give_back(db, unsent, moment)
        services.rows_made(db)
        return len(rows)


def _is_repeatable(row: Delivery, ended: datetime, moment: datetime) -> bool:
    """Whether there was one try only, so recent that WeChat still knows its client_msg_id (10 minutes)."""
    return row.attempts <= 1 and moment - ended < TEMPLATE_REMEMBERED
