"""Mass sends (群发): collect a broadcast's rows into a job, send it under a stored clientmsgid, learn the result.

Repeating the request is safe for a day, because the platform answers a known clientmsgid with 45065 and the
job's id (platform §6.1). Service accounts send to openid lists; a subscription account, and a list of one, goes
by a tag that is made for this job and holds exactly its recipients.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import String, cast, func, literal, select, update
from sqlalchemy.orm import Session

from bot import broadcasts, clock, study
from bot.db import insert_once, reading, transaction
from bot.delivery import backoff, next_midnight
from bot.logs import get_logger
from bot.mass_tag import sync_tag, tag_name
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
from models.follower import Follower

log = get_logger(__name__)
D, B = DeliveryState, BatchState
ASK_AFTER = timedelta(seconds=5)  # without a result event, ask for the job's state
ASK_AGAIN = timedelta(minutes=2)
MOST_TRIES = 6
REMEMBERED = timedelta(hours=20)  # the platform keeps a clientmsgid for 24 hours


def possible(services: Services) -> bool:
    """Whether this account may mass-send at all."""
    return Capability.MASS_BY_TAG in services.capabilities


def has_room(services: Services, db: Session, row: Delivery) -> bool:
    """Whether a service account may still mass-send to this person in this month: each gets four, by whatever
    way (platform §6.1). The platform drops a fifth without saying to whom, so we do not send it."""
    if Capability.MASS_BY_OPENID not in services.capabilities:
        return True
    month = clock.today().replace(day=1)
    got = select(func.count()).where(
        Delivery.recipient == row.recipient,
        Delivery.state.in_((D.QUEUED, D.SENDING, D.SENT)),
        Delivery.channel == Channel.MASS,
        Delivery.created_at >= clock.at(month, 0),
    )
    return (db.scalar(got) or 0) < services.config.wechat.mass_per_month


def deliver_mass(services: Services) -> int:
    """One round: collect, send, learn. How many jobs were touched."""
    touched = collect(services)
    if broadcasts.is_quiet(services, clock.now()):
        return _ask_for_results(services)
    for batch_id in _claim(services):
        _send(services, batch_id)
        touched += 1
    return touched + _ask_for_results(services) + remove_tags(services)


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
        # While the last rows of a broadcast may still become mass rows, it waits: one job, not two.
        ready = [b for b in db.scalars(sending.with_for_update()) if not _still_choosing(db, b)]
        for broadcast in ready:
            _make_batch(services, db, broadcast)
        return len(ready)


def _still_choosing(db: Session, broadcast: Broadcast) -> bool:
    query = select(Delivery.id).where(
        Delivery.broadcast_id == broadcast.id, Delivery.state == D.QUEUED, Delivery.channel.is_(None)
    )
    return db.scalar(query.limit(1)) is not None


def _make_batch(services: Services, db: Session, broadcast: Broadcast) -> None:
    lists = Capability.MASS_BY_OPENID in services.capabilities
    most = services.config.delivery.mass_batch_size if lists else None  # a tag holds any number of people
    members = select(Delivery.id).where(
        Delivery.broadcast_id == broadcast.id,
        Delivery.state == D.QUEUED,
        Delivery.channel == Channel.MASS,
        Delivery.batch_id.is_(None),
    )
    ids = list(db.scalars(members.order_by(Delivery.id).limit(most)))
    if not ids:
        return
    batch = MassBatch(
        broadcast_id=broadcast.id,
        clientmsgid=f"tx{broadcast.id}-{secrets.token_hex(6)}",
        state=B.READY,
        doubtful=False,
        attempts=0,
        way="openids" if lists and len(ids) >= 2 else "tag",
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
        batches = list(db.scalars(select(MassBatch).where(*due).limit(1).with_for_update(skip_locked=True)))
        for batch in batches:
            batch.leased_until = moment + timedelta(seconds=services.config.delivery.lease_seconds)
        return [batch.id for batch in batches]


def _send(services: Services, batch_id: int) -> None:
    with transaction(services.engine) as db:
        started = _start(services, db, batch_id)
    if started is None:
        return
    # No transaction is open here: these calls may take seconds.
    answer = _call(services, started)
    with transaction(services.engine) as db:
        _settle(services, db, batch_id, answer)


@dataclass(frozen=True)
class _Job:
    """What a mass-send call needs, read before it."""

    batch_id: int
    way: str
    clientmsgid: str
    openids: list[str]
    text: str


def _call(services: Services, job: _Job) -> Answer:
    payload = {"msgtype": "text", "text": {"content": job.text}}
    if job.way == "openids":
        return services.gateway.mass_send_openids(job.openids, payload, job.clientmsgid)
    tag = sync_tag(
        services.gateway, tag_name(job.batch_id), job.openids, partial(_renew, services, job.batch_id)
    )
    if isinstance(tag, Answer):
        return replace(tag, outcome=Outcome.LATER) if tag.outcome is Outcome.UNKNOWN else tag
    with transaction(services.engine) as db:
        db.execute(update(MassBatch).where(MassBatch.id == job.batch_id).values(tag_id=tag))
    return services.gateway.mass_send_tag(tag, payload, job.clientmsgid)


def _renew(services: Services, batch_id: int) -> None:
    """Tagging ten thousand people takes longer than a lease: nobody may take the job over meanwhile."""
    until = clock.now() + timedelta(seconds=services.config.delivery.lease_seconds)
    with transaction(services.engine) as db:
        db.execute(update(MassBatch).where(MassBatch.id == batch_id).values(leased_until=until))


def _start(services: Services, db: Session, batch_id: int) -> _Job | None:
    """Mark the job and its rows as sending; None when nobody is left in it or it can no longer be repeated."""
    batch = db.get(MassBatch, batch_id, with_for_update=True)
    if batch is None or batch.state not in (B.READY, B.SENDING):
        return None
    batch.doubtful = batch.doubtful or batch.state is B.SENDING  # its worker died: it may have been accepted
    if batch.doubtful and clock.now() - batch.created_at > REMEMBERED:
        _unknown(db, batch)
        return None
    study.cancel_unwanted(db, Delivery.batch_id == batch.id, Delivery.state == D.QUEUED)
    members = (Delivery.batch_id == batch.id, Delivery.state.in_((D.QUEUED, D.SENDING)))
    found = db.scalars(select(Delivery.recipient).where(*members).order_by(Delivery.id))
    openids = [openid for openid in found if openid]
    broadcast = db.get(Broadcast, batch.broadcast_id)
    if not openids or broadcast is None:
        batch.state = B.DONE
        return None
    db.execute(update(Delivery).where(*members).values(state=D.SENDING))
    if batch.attempts == 0 and len(openids) < 2:
        batch.way = "tag"  # a list needs two (40130); before the first try the way may still change
    batch.state, batch.attempts = B.SENDING, batch.attempts + 1
    return _Job(batch.id, batch.way, batch.clientmsgid, openids, str(broadcast.payload["text"]))


def _settle(services: Services, db: Session, batch_id: int, answer: Answer) -> None:
    batch = db.get(MassBatch, batch_id, with_for_update=True)
    if batch is None or batch.state is not B.SENDING:
        return
    moment = clock.now()
    batch.leased_until, batch.detail = None, answer.detail[:255] or None
    # Without an errcode of its own the platform may have taken the job all the same.
    batch.doubtful = batch.doubtful or answer.errcode is None
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
        case _ if batch.attempts >= MOST_TRIES and not batch.doubtful:
            _give_up(db, batch)
        case _:  # busy, or no answer: the same clientmsgid may be sent again
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
    """Nothing of this job was delivered: each person sees the words in the reply to their next message. If an
    earlier try may have been accepted, that is not known, and nobody gets it a second time."""
    if batch.doubtful and batch.state is not B.ACCEPTED:
        _unknown(db, batch)
        return
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
    if batch.state is not B.ACCEPTED:
        return
    result = db.scalar(select(MassResult).where(MassResult.msg_id == batch.msg_id))
    if result is None and batch.msg_id is not None:
        return  # it will come as an event, or be asked for
    if result is not None and result.sent_count == 0:
        batch.detail = "平台报告：没有一人送达"
        _give_up(db, batch)
        return
    if result is not None and result.status.replace(" ", "").lower() not in ("sendsuccess", "send_success"):
        batch.detail = result.status
        _give_up(db, batch)
        return
    batch.state = B.DONE
    db.execute(
        update(Delivery)
        .where(Delivery.batch_id == batch.id, Delivery.state == D.SENDING)
        .values(state=D.SENT, settled_at=clock.now())
    )
    gone = update(Delivery).where(
        Delivery.batch_id == batch.id, Delivery.recipient.not_in(select(Follower.openid))
    )
    blank: dict[str, Any] = {
        "recipient": None,
        "payload": {},
        "key": literal("erased:").concat(cast(Delivery.id, String)),
    }
    db.execute(gone.values(**blank), execution_options={"synchronize_session": False})


def _ask_for_results(services: Services) -> int:
    """Jobs whose result did not settle them: it may have been kept while our acceptance was being written, or
    the event never came; then the platform is asked (mass/get)."""
    with reading(services.engine) as db:
        query = select(MassBatch.id, MassBatch.msg_id).where(
            MassBatch.state == B.ACCEPTED,
            MassBatch.not_before <= clock.now(),
            MassBatch.msg_id.is_not(None),
        )
        waiting = list(db.execute(query.limit(10)))
    for batch_id, msg_id in waiting:
        if _settled_by_kept_result(services, batch_id):
            continue
        answer = services.gateway.mass_get(str(msg_id))
        status = str(answer.data.get("msg_status", "")).upper()
        with transaction(services.engine) as db:
            if answer.outcome is Outcome.SENT and status not in ("", "SENDING"):
                note_result(db, str(msg_id), status, None, None)
            else:
                later = {"not_before": clock.now() + ASK_AGAIN}
                db.execute(update(MassBatch).where(MassBatch.id == batch_id).values(**later))
    return len(waiting)


def _settled_by_kept_result(services: Services, batch_id: int) -> bool:
    with transaction(services.engine) as db:
        batch = db.get(MassBatch, batch_id, with_for_update=True)
        if batch is None:
            return True
        apply_result(db, batch)
        return batch.state is not B.ACCEPTED


def remove_tags(services: Services) -> int:
    """Delete the tags of jobs that are over: an account may have 100 (platform §8). How many were tried."""
    moment = clock.now()
    with reading(services.engine) as db:
        over = select(MassBatch.id, MassBatch.tag_id).where(
            MassBatch.state.in_((B.DONE, B.FAILED)),
            MassBatch.tag_id.is_not(None),
            MassBatch.not_before <= moment,
        )
        tags = list(db.execute(over.limit(10)))
    for batch_id, tag_id in tags:
        answer = services.gateway.tags_delete(int(tag_id or 0))
        with transaction(services.engine) as db:
            done = {"tag_id": None} if answer.ok else {"not_before": clock.now() + timedelta(days=1)}
            db.execute(update(MassBatch).where(MassBatch.id == batch_id).values(**done))
    return len(tags)
