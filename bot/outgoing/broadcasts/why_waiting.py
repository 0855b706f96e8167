"""Why a broadcast that is being sent stands still: an allowance of the day is used up, by WeChat's word or our count."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.config import Config
from bot.wechat import quotas
from models.outgoing import Broadcast, BroadcastState, Channel, Delivery, DeliveryState

DAILY = {Channel.CUSTOM: "custom_day", Channel.TEMPLATE: "template_day", Channel.NOTICE: "notice_day"}


def why(db: Session, config: Config, channel: Channel, moment: datetime) -> str | None:
    """The words for staff when nothing may go out by this channel today; None when something may."""
    allowance = quotas.allowances(config)[DAILY[channel]]
    if quotas.left(db, allowance, moment) != 0:
        return None
    return quotas.quota_wait_words(allowance, quotas.opens(db, allowance, moment))


def why_waiting(db: Session, config: Config, broadcast_id: int, moment: datetime) -> str | None:
    """The same for whatever of a broadcast is still queued."""
    queued = (Delivery.broadcast_id == broadcast_id, Delivery.state == DeliveryState.QUEUED)
    for channel in DAILY:
        mine = select(Delivery.id).where(*queued, Delivery.channel == channel).limit(1)
        if db.scalar(mine) is not None and (words := why(db, config, channel, moment)):
            return words
    return None


def say_why(db: Session, config: Config, broadcast_id: int, channel: Channel, moment: datetime) -> None:
    """Write it down once; a broadcast that is locked just now is not waited for."""
    words = why(db, config, channel, moment)
    if words is None:
        return
    mute = (Broadcast.id == broadcast_id, Broadcast.reason.is_distinct_from(words))
    broadcast = db.scalar(select(Broadcast).where(*mute).with_for_update(skip_locked=True, key_share=True))
    if broadcast is not None and broadcast.state is BroadcastState.SENDING:
        broadcast.reason = words


def goes_on(db: Session, broadcasts: Iterable[Broadcast]) -> None:
    """What stood still has gone on: the words would be wrong from now on."""
    stale = [one.id for one in broadcasts if (one.reason or "").endswith(quotas.GOES_ON)]
    if stale:
        found = select(Broadcast).where(Broadcast.id.in_(stale))
        for broadcast in db.scalars(found.with_for_update(skip_locked=True, key_share=True)):
            broadcast.reason = None
