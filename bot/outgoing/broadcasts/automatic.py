"""What happens to a broadcast by itself: it begins at its hour, rests when our request or rights are wrong, is
tried again, and is closed when nothing of it is left to do."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import Session

from bot.core import clock
from bot.core.actor import Actor
from bot.core.db import reading, transaction
from bot.core.logs import get_logger
from bot.outgoing.broadcasts.deliveries import OPEN, cancel_open
from bot.outgoing.broadcasts.states import is_as_approved, locked, move
from bot.outgoing.broadcasts.why_waiting import why_waiting
from bot.runtime.services import Services
from models.outgoing import Broadcast, BroadcastState, Delivery, DeliveryState

log = get_logger(__name__)
S = BroadcastState
PAUSE = timedelta(minutes=10)  # an IP put on the white list or a renewed right takes effect in minutes
MOST_PAUSES = 6
UNDONE = (DeliveryState.QUEUED, DeliveryState.LEASED, DeliveryState.SENDING)
CHANGED = "内容与审批时不一致，已停止发送；请取消后重新起草、提交、审批"
GIVEN_UP = "多次重试仍不成功，其余的人下次来信时收到"


def is_quiet(services: Services, moment: datetime) -> bool:
    """Whether broadcasts rest at this hour of Shanghai ([delivery] quiet_from to quiet_to; the same: never)."""
    hour, settings = clock.local(moment).time(), services.config.delivery
    begin, end = settings.quiet_from, settings.quiet_to
    return begin <= hour < end if begin <= end else hour >= begin or hour < end


def leaving(services: Services, broadcast: Broadcast) -> datetime:
    """When it would really leave: its hour, or now, and after the quiet hours unless it is urgent."""
    moment = max(broadcast.send_at or clock.now(), clock.now())
    if broadcast.urgent or not is_quiet(services, moment):
        return moment
    ends = services.config.delivery.quiet_to
    day = clock.local(moment).date()
    morning = clock.at(day, ends.hour, ends.minute)
    return morning if morning > moment else clock.at(day + timedelta(days=1), ends.hour, ends.minute)


def rests_until(services: Services, broadcast: Broadcast) -> datetime | None:
    """When the quiet hours end that keep it from leaving at its hour, or from going on now; None when none do."""
    if broadcast.state not in (S.SCHEDULED, S.SENDING):
        return None
    at = leaving(services, broadcast)
    return at if at > max(broadcast.send_at or clock.now(), clock.now()) else None


def begin_due(services: Services) -> int:
    """Begin the broadcasts whose hour has come; how many. What is no longer what was approved is paused instead.
    Any number of processes may ask at once."""
    moment = clock.now()
    due = (Broadcast.state == S.SCHEDULED, Broadcast.send_at <= moment)
    with reading(services.engine) as db:
        if db.scalar(select(Broadcast.id).where(*due).limit(1)) is None:
            return 0
    with transaction(services.engine) as db:
        found = select(Broadcast).where(*due).order_by(Broadcast.id)
        begun = list(db.scalars(found.with_for_update(skip_locked=True, key_share=True)))
        for broadcast in begun:
            if is_as_approved(broadcast):
                move(Actor(db, None), broadcast, S.SENDING, "begin")
            else:
                log.error("broadcast_changed_after_approval", broadcast=broadcast.id)
                broadcast.reason, broadcast.resume_at = CHANGED, None
                move(Actor(db, None), broadcast, S.PAUSED, "pause", CHANGED)
        services.rows_made(db)
        return len(begun)


def pause_by_system(db: Session, broadcast: Broadcast, reason: str, moment: datetime) -> None:
    """Stop sending for ten minutes, and say why. What is not being sent any more stays as it is: many workers
    may hear the same refusal, and staff may have cancelled meanwhile. Only pauses one after another are counted:
    one of a long broadcast that goes on well in between is never given up."""
    broadcast = locked(db, broadcast)
    if broadcast.state is not S.SENDING:
        return
    broadcast.reason = reason[:255]
    broadcast.pauses = 1 if _sent_since_last_pause(db, broadcast, moment) else broadcast.pauses + 1
    broadcast.resume_at = moment + PAUSE
    move(Actor(db, None), broadcast, S.PAUSED, "pause", broadcast.reason)


def _sent_since_last_pause(db: Session, broadcast: Broadcast, moment: datetime) -> bool:
    """Whether something has arrived since it was resumed, which is after the last pause's ten minutes."""
    arrived = (Delivery.state == DeliveryState.SENT, Delivery.settled_at > moment - PAUSE)
    mine = select(Delivery.id).where(Delivery.broadcast_id == broadcast.id, *arrived)
    return db.scalar(mine.limit(1)) is not None


def resume_due(services: Services) -> int:
    """Go on with what the system paused long enough ago; how many. What was paused too often waits until
    its people write again."""
    over = (Broadcast.state == S.PAUSED, Broadcast.resume_at <= clock.now())
    with reading(services.engine) as db:
        if db.scalar(select(Broadcast.id).where(*over).limit(1)) is None:
            return 0
    with transaction(services.engine) as db:
        found = select(Broadcast).where(*over).order_by(Broadcast.id)
        resumed = list(db.scalars(found.with_for_update(skip_locked=True, key_share=True)))
        for broadcast in resumed:
            _resume_by_system(services, db, broadcast)
        services.rows_made(db)
        return len(resumed)


def _resume_by_system(services: Services, db: Session, broadcast: Broadcast) -> None:
    broadcast.resume_at, reason = None, None
    broadcast.reason = why_waiting(db, services.config, broadcast.id, clock.now())
    if broadcast.pauses > MOST_PAUSES:
        log.error("broadcast_given_up", broadcast=broadcast.id)
        rows = (Delivery.broadcast_id == broadcast.id, Delivery.state == DeliveryState.QUEUED)
        waiting = update(Delivery).where(*rows).values(state=DeliveryState.WAITING_CONTACT)
        db.execute(waiting, execution_options={"synchronize_session": False})
        broadcast.reason = reason = GIVEN_UP
    move(Actor(db, None), broadcast, S.SENDING, "resume", reason)


def close_finished(db: Session) -> int:
    """Mark those done that have nothing left to send, and cancel what came back to the queue of a cancelled one.
    How many were dealt with."""
    swept = 0
    leftover = exists().where(Delivery.broadcast_id == Broadcast.id, Delivery.state.in_(OPEN))
    for broadcast_id in list(
        db.scalars(select(Broadcast.id).where(Broadcast.state == S.CANCELLED, leftover))
    ):
        swept += cancel_open(db, broadcast_id) > 0
    closed = 0
    for broadcast_id in list(db.scalars(select(Broadcast.id).where(*_finished()))):
        one = select(Broadcast).where(Broadcast.id == broadcast_id, *_finished())
        alone = one.with_for_update(skip_locked=True, key_share=True)
        broadcast = db.scalar(alone.execution_options(populate_existing=True))
        # Asked again under the lock: staff may have sent it again to some while we waited for our turn.
        if broadcast is not None and db.scalar(
            select(Broadcast.id).where(*_finished(), Broadcast.id == broadcast_id)
        ):
            move(Actor(db, None), broadcast, S.DONE, "finish")
            closed += 1
    return closed + swept


def _finished() -> tuple[ColumnElement[bool], ...]:
    undone = exists().where(Delivery.broadcast_id == Broadcast.id, Delivery.state.in_(UNDONE))
    return (Broadcast.state == S.SENDING, Broadcast.prepared_at.is_not(None), ~undone)
