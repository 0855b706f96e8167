"""Mass sends (群发): collect a broadcast's rows into a job, send it under a stored clientmsgid, learn the result.

Repeating the request is safe, because the platform answers a known clientmsgid with 45065 and the job's id
(platform §6.1). Service accounts send to openid lists; a subscription account, and a list of one, goes by a
tag whose members are first made equal to the job's recipients.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot import clock
from bot.db import insert_once, reading, transaction
from bot.delivery import backoff, next_midnight
from bot.logs import get_logger
from bot.mass_tag import sync_tag
from bot.services import Services
from bot.wechat.channels import Capability
from bot.wechat.errors import Outcome
from bot.wechat.gateway import Answer
from models.delivery import (
    BatchState,
    Broadcast,
    BroadcastState,
    Channel,
    Delivery,
    DeliveryState,
    MassBatch,
    MassResult,
)

log = get_logger(__name__)
D, B = DeliveryState, BatchState
ASK_AFTER = timedelta(minutes=2)  # without a result event, ask for the job's state
MOST_TRIES = 6
REMEMBERED = timedelta(hours=20)  # the platform keeps a clientmsgid for 24 hours


def possible(services: Services) -> bool:
    """Whether this account may mass-send at all."""
    return Capability.MASS_BY_TAG in services.capabilities


def deliver_mass(services: Services) -> int:
    """One round: collect, send, learn. How many jobs were touched."""
    touched = collect(services)
    for batch_id in _claim(services):
        _send(services, batch_id)
        touched += 1
    return touched + _ask_for_results(services)


def collect(services: Services) -> int:
    """Put the waiting mass rows of each broadcast into one job with its own clientmsgid."""
    rows = (Delivery.state == D.QUEUED, Delivery.channel == Channel.MASS, Delivery.batch_id.is_(None))
    with reading(services.engine) as db:
        if db.scalar(select(Delivery.id).where(*rows).limit(1)) is None:
            return 0
    with transaction(services.engine) as db:
        sending = select(Broadcast).where(
            Broadcast.state == BroadcastState.SENDING,
            Broadcast.id.in_(select(Delivery.broadcast_id).where(*rows)),
        )
        broadcasts = list(db.scalars(sending.with_for_update()))
        for broadcast in broadcasts:
            if _still_choosing(db, broadcast):
                continue  # its last rows may still become mass rows: one job, not two
            _make_batch(services, db, broadcast)
        return len(broadcasts)


def _still_choosing(db: Session, broadcast: Broadcast) -> bool:
    query = select(Delivery.id).where(
        Delivery.broadcast_id == broadcast.id, Delivery.state == D.QUEUED, Delivery.channel.is_(None)
    )
    return db.scalar(query.limit(1)) is not None


def _make_batch(services: Services, db: Session, broadcast: Broadcast) -> None:
    most = services.config.delivery.mass_batch_size
    members = select(Delivery.id).where(
        Delivery.broadcast_id == broadcast.id,
        Delivery.state == D.QUEUED,
        Delivery.channel == Channel.MASS,
        Delivery.batch_id.is_(None),
    )
    ids = list(db.scalars(members.order_by(Delivery.id).limit(most)))
    if not ids:
        return
    by_list = Capability.MASS_BY_OPENID in services.capabilities and len(ids) >= 2
    batch = MassBatch(
        broadcast_id=broadcast.id,
        clientmsgid=f"tx{broadcast.id}-{secrets.token_hex(6)}",
        state=B.READY,
        way="openids" if by_list else "tag",
        not_before=clock.now(),
        created_at=clock.now(),
    )
    db.add(batch)
    db.flush()
    db.execute(update(Delivery).where(Delivery.id.in_(ids)).values(batch_id=batch.id))


def _claim(services: Services) -> list[int]:
    """Lease jobs that are ready, and jobs whose worker died while sending: the clientmsgid makes that safe."""
    moment = clock.now()
    due = (
        MassBatch.state.in_((B.READY, B.SENDING)),
        MassBatch.not_before <= moment,
        MassBatch.leased_until.is_(None) | (MassBatch.leased_until < moment),
    )
    with reading(services.engine) as db:
        if db.scalar(select(MassBatch.id).where(*due).limit(1)) is None:
            return []
    with transaction(services.engine) as db:
        batches = list(db.scalars(select(MassBatch).where(*due).limit(5).with_for_update(skip_locked=True)))
        for batch in batches:
            batch.leased_until = moment + timedelta(seconds=services.config.delivery.lease_seconds)
        return [batch.id for batch in batches]


def _send(services: Services, batch_id: int) -> None:
    with transaction(services.engine) as db:
        started = _start(db, batch_id)
    if started is None:
        return
    openids, text, batch = started
    payload = {"msgtype": "text", "text": {"content": text}}
    # No transaction is open here: these calls may take seconds.
    if batch.way == "openids":
        answer = services.gateway.mass_send_openids(openids, payload, batch.clientmsgid)
    else:
        tag = sync_tag(services.gateway, openids)
        if isinstance(tag, Answer):
            answer = tag
        else:
            answer = services.gateway.mass_send_tag(tag, payload, batch.clientmsgid)
    with transaction(services.engine) as db:
        _settle(services, db, batch_id, answer)


def _start(db: Session, batch_id: int) -> tuple[list[str], str, MassBatch] | None:
    """Mark the job and its rows as sending; None when nobody is left in it."""
    batch = db.get(MassBatch, batch_id, with_for_update=True)
    if batch is None or batch.state not in (B.READY, B.SENDING):
        return None
    members = (Delivery.batch_id == batch.id, Delivery.state.in_((D.QUEUED, D.SENDING)))
    found = db.scalars(select(Delivery.recipient).where(*members).order_by(Delivery.id))
    openids = [openid for openid in found if openid]
    broadcast = db.get(Broadcast, batch.broadcast_id)
    if not openids or broadcast is None:
        batch.state = B.DONE
        return None
    db.execute(update(Delivery).where(*members).values(state=D.SENDING))
    batch.state, batch.attempts = B.SENDING, batch.attempts + 1
    if batch.attempts == 1 and batch.way == "openids" and len(openids) < 2:
        batch.way = "tag"  # a list needs two (40130); before the first try the way may still change
    return openids, str(broadcast.payload["text"]), batch


def _settle(services: Services, db: Session, batch_id: int, answer: Answer) -> None:
    batch = db.get(MassBatch, batch_id, with_for_update=True)
    if batch is None or batch.state is not B.SENDING:
        return
    moment = clock.now()
    batch.leased_until, batch.detail = None, answer.detail[:255] or None
    match answer.outcome:
        case Outcome.SENT:
            batch.state = B.ACCEPTED
            batch.msg_id = str(answer.data.get("msg_id", "")) or None
            batch.not_before = moment + ASK_AFTER
            db.flush()
            apply_result(db, batch)
        case Outcome.QUOTA:
            _park(services, db, batch)
        case Outcome.ADMIN | Outcome.BROKEN | Outcome.REFUSED:
            log.error(
                "mass_send_stopped", batch=batch.id, errcode=answer.errcode, outcome=answer.outcome.name
            )
            _give_up(db, batch)
        case Outcome.UNKNOWN if moment - batch.created_at > REMEMBERED:
            _unknown(db, batch)
        case Outcome.UNKNOWN:
            batch.not_before = moment + backoff(batch.attempts)
        case _:  # busy: nothing was accepted
            if batch.attempts >= MOST_TRIES:
                _give_up(db, batch)
            else:
                batch.not_before = moment + backoff(batch.attempts)


def _unknown(db: Session, batch: MassBatch) -> None:
    """The platform has forgotten the clientmsgid: one more try could arrive twice, so a person decides."""
    batch.state = B.FAILED
    db.execute(
        update(Delivery)
        .where(Delivery.batch_id == batch.id, Delivery.state == D.SENDING)
        .values(state=D.UNKNOWN, settled_at=clock.now(), detail="群发结果未知，请在公众平台核实")
    )


def _park(services: Services, db: Session, batch: MassBatch) -> None:
    """The day's allowance is gone: once more tomorrow morning, then people see it when they write next."""
    if batch.attempts > 2:
        _give_up(db, batch)
        return
    log.warning("mass_quota_used", batch=batch.id)
    batch.state = B.READY
    batch.not_before = next_midnight(clock.now()) + timedelta(hours=services.config.delivery.quiet_to.hour)
    db.execute(
        update(Delivery)
        .where(Delivery.batch_id == batch.id, Delivery.state == D.SENDING)
        .values(state=D.QUEUED)
    )


def _give_up(db: Session, batch: MassBatch) -> None:
    """Nothing of this job was delivered: each person sees the words in the reply to their next message."""
    batch.state = B.FAILED
    db.execute(
        update(Delivery)
        .where(Delivery.batch_id == batch.id, Delivery.state.in_((D.SENDING, D.QUEUED)))
        .values(state=D.WAITING_CONTACT, detail=batch.detail)
    )


def note_result(db: Session, msg_id: str, status: str, sent: int | None, errors: int | None) -> None:
    """Keep what MASSSENDJOBFINISH said and settle the job, in whichever order the two come."""
    insert_once(
        db,
        MassResult,
        msg_id=msg_id,
        status=status[:64],
        sent_count=sent,
        error_count=errors,
        received_at=clock.now(),
    )
    batch = db.scalar(select(MassBatch).where(MassBatch.msg_id == msg_id).with_for_update())
    if batch is not None:
        apply_result(db, batch)


def apply_result(db: Session, batch: MassBatch) -> None:
    """Settle an accepted job by its kept result, if there is one."""
    result = db.scalar(select(MassResult).where(MassResult.msg_id == batch.msg_id))
    if result is None or batch.state is not B.ACCEPTED:
        return
    if result.status.replace(" ", "").lower() not in ("sendsuccess", "send_success"):
        batch.detail = result.status
        _give_up(db, batch)
        return
    batch.state = B.DONE
    db.execute(
        update(Delivery)
        .where(Delivery.batch_id == batch.id, Delivery.state == D.SENDING)
        .values(state=D.SENT, settled_at=clock.now())
    )


def _ask_for_results(services: Services) -> int:
    """Jobs without a result event: ask the platform (mass/get)."""
    with reading(services.engine) as db:
        query = select(MassBatch.id, MassBatch.msg_id).where(
            MassBatch.state == B.ACCEPTED, MassBatch.not_before <= clock.now(), MassBatch.msg_id.is_not(None)
        )
        waiting = list(db.execute(query.limit(10)))
    for batch_id, msg_id in waiting:
        answer = services.gateway.mass_get(str(msg_id))
        status = str(answer.data.get("msg_status", "")).upper()
        with transaction(services.engine) as db:
            if answer.outcome is Outcome.SENT and status not in ("", "SENDING"):
                note_result(db, str(msg_id), status, None, None)
            else:
                db.execute(
                    update(MassBatch)
                    .where(MassBatch.id == batch_id)
                    .values(not_before=clock.now() + ASK_AFTER)
                )
    return len(waiting)
