"""A broadcast's recipients become rows: short transactions, each with its place in the list, so that a crash
costs nothing and a million people cost no memory. Besides, the chores that come before sending."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from bot.core import clock
from bot.core.db import insert_missing, reading, transaction
from bot.followers import segments
from bot.outgoing.broadcasts import verbs
from bot.outgoing.broadcasts.deliveries import OPEN
from bot.outgoing.delivery import channels, claim, publishing
from bot.runtime.services import Services
from models.base import UTCDateTime
from models.followers import Follower
from models.outgoing import (
    Broadcast,
    BroadcastState,
    Delivery,
    DeliveryState,
    Publication,
    PublicationState,
)

CHUNK = 5000  # rows a transaction: short enough that a pause gets through within a second
LEASE = timedelta(seconds=30)
_OPEN_ROWS = exists().where(Delivery.broadcast_id == Broadcast.id, Delivery.state.in_(OPEN))
_ON_ITS_WAY = select(literal(1)).where(  # made once
    or_(
        exists().where(
            Broadcast.state.in_((BroadcastState.SCHEDULED, BroadcastState.SENDING, BroadcastState.PAUSED))
        ),
        exists().where(Broadcast.state == BroadcastState.CANCELLED, _OPEN_ROWS),
        exists().where(Publication.state.in_((PublicationState.DRAFTING, PublicationState.SUBMITTED))),
        exists().where(
            Delivery.broadcast_id.is_(None),
            Delivery.state == DeliveryState.QUEUED,
            Delivery.channel.is_(None),
            Delivery.not_before <= bindparam("moment", type_=UTCDateTime()),
        ),
    )
)


def prepare(services: Services) -> int:
    """One round of what comes before sending: take up the rows of dead workers, begin and resume broadcasts that are
    due, make rows, choose channels; gives how much was done."""
    done = claim.recover(services)
    if not done and _is_quiet(services):
        return 0
    verbs.resume_due(services)
    verbs.begin_due(services)
    done += publishing.publish(services) + make_rows(services) + channels.choose(services)
    return done or _close_broadcasts(services)


def _is_quiet(services: Services) -> bool:
    """Whether no broadcast is on its way and no single message lacks a channel. It is so nearly always, and every process
    asks every few seconds."""
    with reading(services.engine) as db:
        return db.connection().execute(_ON_ITS_WAY, {"moment": clock.now()}).first() is None


def _close_broadcasts(services: Services) -> int:
    """Mark broadcasts done that have nothing left to send, and cancel what is left of cancelled ones."""
    prepared = and_(Broadcast.state == BroadcastState.SENDING, Broadcast.prepared_at.is_not(None))
    cancelled = and_(Broadcast.state == BroadcastState.CANCELLED, _OPEN_ROWS)
    with reading(services.engine) as db:
        if db.scalar(select(Broadcast.id).where(or_(prepared, cancelled)).limit(1)) is None:
            return 0
    with transaction(services.engine) as db:
        return verbs.close_finished(db)


def make_rows(services: Services) -> int:
    """Make the rows of one broadcast that has not all of them yet; how many were made."""
    broadcast_id = _claim_broadcast(services)
    made = 0
    while broadcast_id is not None and not services.stopping.is_set():
        with transaction(services.engine) as db:
            inserted = _insert_chunk(services, db, broadcast_id)
            services.rows_made(db)
        if inserted is None:
            break
        made += inserted
    return made


def _claim_broadcast(services: Services) -> int | None:
    moment = clock.now()
    unprepared = (
        Broadcast.state == BroadcastState.SENDING,
        Broadcast.prepared_at.is_(None),
        publishing.is_settled(),
        or_(Broadcast.leased_until.is_(None), Broadcast.leased_until < moment),
    )
    with reading(services.engine) as db:
        if db.scalar(select(Broadcast.id).where(*unprepared).limit(1)) is None:
            return None
    with transaction(services.engine) as db:
        query = select(Broadcast).where(*unprepared).order_by(Broadcast.id).limit(1)
        broadcast = db.scalar(query.with_for_update(skip_locked=True))
        if broadcast is None:
            return None
        broadcast.leased_until = moment + LEASE
        return broadcast.id


def _insert_chunk(services: Services, db: Session, broadcast_id: int) -> int | None:
    """Make the rows of the next people; None when there are none left, or sending was stopped."""
    broadcast = db.get(Broadcast, broadcast_id, with_for_update={"key_share": True}, populate_existing=True)
    if (
        broadcast is None
        or broadcast.state is not BroadcastState.SENDING
        or broadcast.prepared_at is not None
    ):
        return None
    moment = clock.now()
    people = segments.recipients(broadcast.audience).where(Follower.id > broadcast.cursor)
    chunk = people.order_by(Follower.id).limit(CHUNK).subquery()
    last = db.scalar(select(func.max(chunk.c.id)))
    if last is None:
        broadcast.prepared_at, broadcast.leased_until = moment, None
        return None
    made = _insert_rows(services, db, broadcast, people.where(Follower.id <= last), moment)
    broadcast.cursor, broadcast.recipients = last, broadcast.recipients + made
    broadcast.leased_until = moment + LEASE
    return made


def _insert_rows(
    services: Services, db: Session, broadcast: Broadcast, people: Select[int, str], moment: datetime
) -> int:
    """One row a person, written by the database itself; a person who has one already gets no other."""
    channel = channels.channel_of(services, db, broadcast, moment)
    waiting, queued = DeliveryState.WAITING_CONTACT.value, DeliveryState.QUEUED.value
    values: dict[str, Any] = {
        "key": literal(f"b{broadcast.id}:").concat(Follower.openid),
        "broadcast_id": literal(broadcast.id),
        "recipient": Follower.openid,
        "payload": literal({}, Delivery.payload.type),
        "state": case((channel.is_(None), waiting), else_=queued),
        "channel": channel,
        "asked": literal(False),
        "attempts": literal(0),
        "not_before": literal(moment, Delivery.not_before.type),
        "created_at": literal(moment, Delivery.created_at.type),
    }
    source = people.with_only_columns(*(column.label(name) for name, column in values.items()))
    return insert_missing(db, Delivery, list(values), source.order_by(Follower.id), "key")
