"""A broadcast's life while it is being sent: paused when our request or rights are wrong, tried again by itself,
closed when nothing of it is left to do."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from bot import clock
from bot.db import reading, transaction
from bot.logs import get_logger
from bot.services import Services
from models.delivery import Broadcast, BroadcastState, Delivery, DeliveryState

log = get_logger(__name__)
PAUSE = timedelta(minutes=10)  # an IP put on the white list or a renewed right takes effect in minutes
MOST_PAUSES = 6
UNDONE = (DeliveryState.QUEUED, DeliveryState.LEASED, DeliveryState.SENDING)


def is_quiet(services: Services, moment: datetime) -> bool:
    """Whether broadcasts rest at this hour of Shanghai ([delivery] quiet_from to quiet_to; the same: never)."""
    hour, settings = clock.local(moment).time(), services.config.delivery
    begin, end = settings.quiet_from, settings.quiet_to
    return begin <= hour < end if begin <= end else hour >= begin or hour < end


def pause(broadcast: Broadcast, reason: str, moment: datetime) -> None:
    """Stop sending, and say until when and why."""
    broadcast.state, broadcast.reason = BroadcastState.PAUSED, reason[:255]
    broadcast.pauses += 1
    broadcast.resume_at = moment + PAUSE


def resume(services: Services) -> None:
    """Go on with what was paused long enough; what was paused too often waits for the people's next words."""
    moment = clock.now()
    over = (Broadcast.state == BroadcastState.PAUSED, Broadcast.resume_at <= moment)
    with reading(services.engine) as db:
        if db.scalar(select(Broadcast.id).where(*over).limit(1)) is None:
            return
    with transaction(services.engine) as db:
        for broadcast in db.scalars(select(Broadcast).where(*over).with_for_update(skip_locked=True)):
            broadcast.state = BroadcastState.SENDING
            if broadcast.pauses > MOST_PAUSES:
                log.error("broadcast_given_up", broadcast=broadcast.id)
                rows = update(Delivery).where(
                    Delivery.broadcast_id == broadcast.id, Delivery.state == DeliveryState.QUEUED
                )
                db.execute(rows.values(state=DeliveryState.WAITING_CONTACT))


def close_finished(db: Session) -> None:
    """Mark those done that have nothing left to send."""
    undone = exists().where(Delivery.broadcast_id == Broadcast.id, Delivery.state.in_(UNDONE))
    finished = update(Broadcast).where(Broadcast.state == BroadcastState.SENDING, ~undone)
    db.execute(finished.values(state=BroadcastState.DONE), execution_options={"synchronize_session": False})
