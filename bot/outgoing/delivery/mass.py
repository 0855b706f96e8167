"""Mass sends (群发): collect a broadcast's rows into jobs and send each under a stored clientmsgid.

Repeating the request is safe for a day, because WeChat answers a known clientmsgid with 45065 and the job's id
(platform §6.1). A service account sends to lists of openids. A subscription account sends to all followers, or to a
tag that is made for the job and has exactly its recipients as members; so does a service account for one recipient.
What becomes of a job is in `bot/outgoing/delivery/mass_results.py`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, exists, func, literal, or_, select, update
from sqlalchemy.orm import Session

from bot.core import clock
from bot.core.backoff import backoff
from bot.core.db import reading, transaction
from bot.core.logs import get_logger
from bot.outgoing import payloads
from bot.outgoing.broadcasts import verbs
from bot.outgoing.delivery import channels, mass_results
from bot.outgoing.delivery.mass_tag import sync_tag, tag_name
from bot.runtime.services import Services
from bot.study import series
from bot.wechat import quotas
from bot.wechat.capabilities import Capability
from bot.wechat.errors import Outcome
from bot.wechat.gateway import Answer
from bot.wechat.quotas import Allowance
from models.outgoing import (
    BatchState,
    Broadcast,
    BroadcastState,
    Channel,
    Delivery,
    DeliveryState,
    MassBatch,
)

log = get_logger(__name__)
D, B = DeliveryState, BatchState
ASK_AFTER = timedelta(seconds=5)  # without a result event, ask for the job's state
MOST_TRIES = 6
MOST_QUOTA_WAITS = 5
REMEMBERED = timedelta(hours=20)  # WeChat remembers a clientmsgid for 24 hours
DRAFT_GONE = 40007
PAUSED_LOOK = timedelta(seconds=2)
_ON_ITS_WAY = select(literal(1)).where(  # made once; every process looks every few seconds
    or_(
        exists().where(Broadcast.state == BroadcastState.SENDING),
        exists().where(MassBatch.state.in_((B.READY, B.SENDING, B.ACCEPTED))),
        exists().where(MassBatch.tag_id.is_not(None)),
    )
)
UNSYNCHRONISED = {"synchronize_session": False}


def deliver_mass(services: Services) -> int:
    """One round: collect rows into jobs, send jobs, learn their results; gives how many jobs were touched."""
    with reading(services.engine) as db:
        if db.connection().execute(_ON_ITS_WAY).first() is None:
            return 0
    touched = collect(services)
    for batch_id in _claim_batches(services):
        _send_batch(services, batch_id)
        touched += 1
    return touched + mass_results.ask_for_results(services) + mass_results.remove_tags(services)


def collect(services: Services) -> int:
    """Put the waiting mass rows of each broadcast into one job, or a few of ten thousand, each with its own
    clientmsgid."""
    rows = (Delivery.state == D.QUEUED, Delivery.channel == Channel.MASS, Delivery.batch_id.is_(None))
    waiting = select(Broadcast.id).where(
        Broadcast.state == BroadcastState.SENDING,
        Broadcast.prepared_at.is_not(None),
        select(Delivery.id).where(Delivery.broadcast_id == Broadcast.id, *rows).exists(),
    )
    with reading(services.engine) as db:
        found = list(db.scalars(waiting))
    collected = 0
    for broadcast_id in found:
        with transaction(services.engine) as db:
            broadcast = db.get(Broadcast, broadcast_id, with_for_update=True, populate_existing=True)
            # While the last rows of a broadcast may still become mass rows, it waits: one job, not two.
            if broadcast is None or _is_still_choosing(db, broadcast):
                continue
            collected += _make_batch(services, db, broadcast)
    return collected


def _is_still_choosing(db: Session, broadcast: Broadcast) -> bool:
    query = select(Delivery.id).where(
        Delivery.broadcast_id == broadcast.id, Delivery.state == D.QUEUED, Delivery.channel.is_(None)
    )
    return broadcast.state is not BroadcastState.SENDING or db.scalar(query.limit(1)) is not None


def _make_batch(services: Services, db: Session, broadcast: Broadcast) -> int:
    lists = Capability.MASS_BY_OPENID in services.capabilities
    most = services.config.delivery.mass_batch_size if lists else None  # a tag holds any number of people
    members = select(Delivery.id).where(
        Delivery.broadcast_id == broadcast.id,
        Delivery.state == D.QUEUED,
        Delivery.channel == Channel.MASS,
        Delivery.batch_id.is_(None),
    )
    chosen = members.order_by(Delivery.id).limit(most)
    count = db.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    if count == 0:
        return 0
    batch = MassBatch(
        broadcast_id=broadcast.id,
        clientmsgid=f"tx{broadcast.id}-{secrets.token_hex(6)}",
        state=B.READY,
        doubtful=False,
        attempts=0,
        way=_addressing(services, broadcast, lists, count),
        not_before=clock.now(),
        created_at=clock.now(),
    )
    db.add(batch)
    db.flush()
    mine = update(Delivery).where(Delivery.id.in_(chosen))
    db.execute(mine.values(batch_id=batch.id), execution_options=UNSYNCHRONISED)
    return 1


def _addressing(services: Services, broadcast: Broadcast, lists: bool, count: int) -> str:
    if channels.goes_to_all(services, broadcast) and count == broadcast.recipients:
        return "all"  # not when some are sent again: the others would get it twice
    return "openids" if lists and count >= 2 else "tag"


def _claim_batches(services: Services) -> list[int]:
    """Lease jobs that are ready, and jobs whose worker died while sending: the clientmsgid makes that safe."""
    moment = clock.now()
    going = select(Broadcast.id).where(Broadcast.state.in_((BroadcastState.SENDING, BroadcastState.DONE)))
    if verbs.is_quiet(services, moment):
        going = going.where(Broadcast.urgent)
    due: tuple[ColumnElement[bool], ...] = (
        MassBatch.state.in_((B.READY, B.SENDING)),
        MassBatch.not_before <= moment,
        or_(MassBatch.leased_until.is_(None), MassBatch.leased_until < moment),
        MassBatch.broadcast_id.in_(going),
    )
    with reading(services.engine) as db:
        if db.scalar(select(MassBatch.id).where(*due).limit(1)) is None:
            return []
    with transaction(services.engine) as db:
        batches = list(db.scalars(select(MassBatch).where(*due).limit(1).with_for_update(skip_locked=True)))
        for batch in batches:
            batch.leased_until = moment + timedelta(seconds=services.config.delivery.lease_seconds)
        return [batch.id for batch in batches]


def _send_batch(services: Services, batch_id: int) -> None:
    with transaction(services.engine) as db:
        started = _begin_batch(services, db, batch_id)
    if started is None:
        return
    # No transaction is open here: these calls may take seconds.
    answer = _call_wechat(services, started)
    with transaction(services.engine) as db:
        _settle_batch(services, db, batch_id, answer)


@dataclass(frozen=True)
class _Job:
    """What a mass-send call needs, read before it."""

    batch_id: int
    way: str
    clientmsgid: str
    openids: list[str] = field(repr=False)
    form: str
    payload: dict[str, Any] = field(repr=False)
    media_id: str | None


def _call_wechat(services: Services, job: _Job) -> Answer:
    media_id = job.media_id
    if job.form == "article" and media_id is None:
        made = payloads.make_draft(services, job.payload)
        if made.outcome is not Outcome.SENT:
            return _as_nothing_sent(made)
        media_id = str(made.data.get("media_id", ""))
        _update_batch(services, job.batch_id, media_id=media_id)
    message = payloads.mass_message(job.form, job.payload, media_id)
    if message is None:
        return Answer(Outcome.BROKEN, None, {}, "这种内容不能群发：请换成文字、页面或图文。")
    if job.way == "openids":
        return services.gateway.mass_send_openids(job.openids, message, job.clientmsgid)
    if job.way == "all":
        return services.gateway.mass_send_tag(None, message, job.clientmsgid)
    name, alive = tag_name(job.batch_id), partial(_renew_lease, services, job.batch_id)
    tag = sync_tag(services.gateway, name, job.openids, alive)
    if isinstance(tag, Answer):
        return _as_nothing_sent(tag)
    _update_batch(services, job.batch_id, tag_id=tag)
    return services.gateway.mass_send_tag(tag, message, job.clientmsgid)


def _as_nothing_sent(failed: Answer) -> Answer:
    """A call that only prepared the job failed: nothing was sent, whatever is not known about that call. An
    errcode marks that nothing is doubtful about the job itself."""
    outcome = Outcome.LATER if failed.outcome is Outcome.UNKNOWN else failed.outcome
    return replace(failed, outcome=outcome, errcode=failed.errcode if failed.errcode is not None else -1)


def _update_batch(services: Services, batch_id: int, **values: object) -> None:
    with transaction(services.engine) as db:
        db.execute(update(MassBatch).where(MassBatch.id == batch_id).values(**values))


def _renew_lease(services: Services, batch_id: int) -> None:
    """Tagging ten thousand people takes longer than a lease: nobody may take the job over meanwhile."""
    until = clock.now() + timedelta(seconds=services.config.delivery.lease_seconds)
    _update_batch(services, batch_id, leased_until=until)


def _begin_batch(services: Services, db: Session, batch_id: int) -> _Job | None:
    """Mark the job and its rows as sending; None when nobody is left in it or it can no longer be repeated."""
    moment = clock.now()
    batch = db.get(MassBatch, batch_id, with_for_update=True, populate_existing=True)
    if batch is None or batch.state not in (B.READY, B.SENDING):
        return None
    broadcast = db.get(Broadcast, batch.broadcast_id, with_for_update={"key_share": True})
    if broadcast is None or broadcast.state is BroadcastState.PAUSED:
        batch.leased_until, batch.not_before = None, moment + PAUSED_LOOK
        return None
    batch.doubtful = batch.doubtful or batch.state is B.SENDING  # its worker died: it may have been accepted
    if batch.doubtful and moment - batch.created_at > REMEMBERED:
        mass_results.mark_unknown(db, batch)
        return None
    if not _take_allowances(services, db, batch, broadcast, moment):
        return None
    series.cancel_unwanted(db, Delivery.batch_id == batch.id, Delivery.state == D.QUEUED)
    members = (Delivery.batch_id == batch.id, Delivery.state.in_((D.QUEUED, D.SENDING)))
    openids = _openids(db, members) if batch.way != "all" else []
    if not openids and (batch.way != "all" or not db.scalar(select(Delivery.id).where(*members).limit(1))):
        batch.state = B.DONE
        return None
    db.execute(update(Delivery).where(*members).values(state=D.SENDING), execution_options=UNSYNCHRONISED)
    if batch.attempts == 0 and batch.way == "openids" and len(openids) < 2:
        batch.way = "tag"  # a list needs two (40130); before the first try the way may still change
    batch.state, batch.attempts = B.SENDING, batch.attempts + 1
    return _Job(
        batch.id, batch.way, batch.clientmsgid, openids, broadcast.form, broadcast.payload, batch.media_id
    )


def _openids(db: Session, members: tuple[ColumnElement[bool], ...]) -> list[str]:
    found = db.scalars(select(Delivery.recipient).where(*members).order_by(Delivery.id))
    return [openid for openid in found if openid]


def _take_allowances(
    services: Services, db: Session, batch: MassBatch, broadcast: Broadcast, moment: datetime
) -> bool:
    """Take what this call uses of the account's allowances; without them the job waits until they open again."""
    taken: list[Allowance] = []
    for allowance in _needed_allowances(services, batch):
        if quotas.take(db, allowance, 1, moment) == 1:
            taken.append(allowance)
            continue
        for earlier in taken:
            quotas.give_back(db, earlier, 1, moment)
        _wait_for_quota(db, batch, broadcast, allowance, allowance.ends(moment))
        return False
    return True


def _needed_allowances(services: Services, batch: MassBatch) -> list[Allowance]:
    """What one job uses. A job that may have been accepted already uses its send only once."""
    known = quotas.allowances(services.config)
    names = ["mass_calls_minute", "mass_calls_day"]
    if batch.attempts == 0:
        names += ["mass_all_day", "mass_all_month"] if batch.way == "all" else []
        names += ["mass_day"]
    return [known[name] for name in names if name in known]


def _wait_for_quota(
    db: Session, batch: MassBatch, broadcast: Broadcast, allowance: Allowance, opens: datetime
) -> None:
    """The allowance is used up: the job waits until it opens again, and says so."""
    log.warning("mass_parked", batch=batch.id, allowance=allowance.name, opens=opens.isoformat())
    batch.state = B.SENDING if batch.doubtful else B.READY
    batch.leased_until, batch.not_before = None, opens
    batch.detail = quotas.quota_wait_words(allowance, opens)
    if allowance.span != quotas.MINUTE:
        broadcast.reason = batch.detail


def _settle_batch(services: Services, db: Session, batch_id: int, answer: Answer) -> None:
    batch = db.get(MassBatch, batch_id, with_for_update=True, populate_existing=True)
    if batch is None or batch.state is not B.SENDING:
        return
    moment = clock.now()
    batch.leased_until, batch.detail = None, answer.detail[:255] or None
    # Without an errcode of its own WeChat may have taken the job all the same.
    batch.doubtful = batch.doubtful or answer.errcode is None
    match answer.outcome:
        case Outcome.SENT:
            batch.state = B.ACCEPTED
            batch.msg_id = str(answer.data.get("msg_id", "")) or None
            batch.msg_data_id = str(answer.data.get("msg_data_id", ""))[:32] or None
            batch.not_before = moment + ASK_AFTER
            db.flush()
            mass_results.settle_by_result(db, batch)
        case Outcome.QUOTA:
            _refused_by_quota(services, db, batch, answer, moment)
        case _ if answer.errcode == DRAFT_GONE and batch.media_id and batch.attempts < MOST_TRIES:
            # The draft was used up or deleted: a new one, with the same clientmsgid.
            batch.media_id, batch.not_before = None, moment
        case Outcome.ADMIN | Outcome.BROKEN | Outcome.REFUSED:
            log.error(
                "mass_send_stopped", batch=batch.id, errcode=answer.errcode, outcome=answer.outcome.name
            )
            mass_results.give_up(db, batch)
        case _ if batch.attempts >= MOST_TRIES and not batch.doubtful:
            mass_results.give_up(db, batch)
        case _:  # busy, or no answer: the same clientmsgid may be sent again
            batch.not_before = moment + backoff(batch.attempts, batch.id)


def _refused_by_quota(
    services: Services, db: Session, batch: MassBatch, answer: Answer, moment: datetime
) -> None:
    """WeChat counts more than we do, as sends from its own console use the same allowance."""
    broadcast = db.get(Broadcast, batch.broadcast_id)
    if broadcast is None or batch.attempts > MOST_QUOTA_WAITS:
        mass_results.give_up(db, batch)
        return
    known = quotas.allowances(services.config)
    calls = answer.errcode != 45028
    names = ("mass_calls_day",) if calls else ("mass_day", "mass_all_month", "mass_all_day")
    name = next(name for name in (*names, "mass_calls_day") if name in known)
    if name == "mass_all_month" and batch.attempts == 1:
        name = "mass_all_day"  # it may be the day's one; if tomorrow refuses too, it is the month's four
    opens = quotas.block(db, known[name], moment)
    _wait_for_quota(db, batch, broadcast, known[name], opens)
    if not batch.doubtful:
        mine = update(Delivery).where(Delivery.batch_id == batch.id, Delivery.state == D.SENDING)
        db.execute(mine.values(state=D.QUEUED), execution_options=UNSYNCHRONISED)
