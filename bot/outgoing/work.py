"""What leaves by itself, as kinds of work: single messages, what broadcasts need, jobs of mass sending."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, or_

from bot.outgoing.broadcasts.deliveries import OPEN
from bot.outgoing.delivery.claim import SINGLY
from bot.outgoing.delivery.deliver import deliver
from bot.outgoing.delivery.mass import deliver_mass
from bot.outgoing.delivery.recipients import prepare
from bot.runtime.work import MOMENT, WorkKind, is_free, is_in
from models.outgoing import (
    BatchState,
    Broadcast,
    BroadcastState,
    Channel,
    Delivery,
    DeliveryState,
    MassBatch,
    Publication,
    PublicationState,
)

_QUEUED = and_(is_in(Delivery.state, DeliveryState.QUEUED), Delivery.not_before <= MOMENT)
_SENDING = is_in(Broadcast.state, BroadcastState.SENDING)


def _single(*which: ColumnElement[bool]) -> ColumnElement[bool]:
    """A message that belongs to no broadcast."""
    return exists().where(Delivery.broadcast_id.is_(None), _QUEUED, *which)


def _in_broadcasts(*which: ColumnElement[bool]) -> ColumnElement[bool]:
    """A message of a broadcast that is being sent; asked a broadcast at a time, as the index is made."""
    rows = exists().where(Delivery.broadcast_id == Broadcast.id, _QUEUED, *which)
    return exists().where(_SENDING, rows)


def _deliver() -> ColumnElement[bool]:
    singly = is_in(Delivery.channel, *SINGLY)
    return or_(_single(singly), exists().where(Delivery.asked, _QUEUED), _in_broadcasts(singly))


def _prepare() -> ColumnElement[bool]:
    """Whether there is something to prepare. A broadcast that is being sent always has: rows to be made, channels to
    be chosen, an article to be published, its end."""
    paused = and_(is_in(Broadcast.state, BroadcastState.PAUSED), Broadcast.resume_at <= MOMENT)
    scheduled = and_(is_in(Broadcast.state, BroadcastState.SCHEDULED), Broadcast.send_at <= MOMENT)
    left = exists().where(Delivery.broadcast_id == Broadcast.id, is_in(Delivery.state, *OPEN))
    cancelled = and_(is_in(Broadcast.state, BroadcastState.CANCELLED), left)
    article = is_in(Publication.state, PublicationState.DRAFTING, PublicationState.SUBMITTED)
    return or_(
        exists().where(or_(_SENDING, paused, scheduled)),
        exists().where(Delivery.leased_until.is_not(None), Delivery.leased_until < MOMENT),
        _single(Delivery.channel.is_(None)),
        exists().where(article, Publication.not_before <= MOMENT, is_free(Publication.leased_until)),
        exists().where(cancelled),
    )


def _mass() -> ColumnElement[bool]:
    over = and_(is_in(MassBatch.state, BatchState.DONE, BatchState.FAILED), MassBatch.tag_id.is_not(None))
    going = is_in(MassBatch.state, BatchState.READY, BatchState.SENDING, BatchState.ACCEPTED)
    return or_(
        exists().where(MassBatch.not_before <= MOMENT, is_free(MassBatch.leased_until), or_(going, over)),
        _in_broadcasts(is_in(Delivery.channel, Channel.MASS), Delivery.batch_id.is_(None)),
    )


KINDS = (
    WorkKind("deliver", deliver, _deliver(), lambda config: config.delivery.workers),
    WorkKind("prepare", prepare, _prepare()),
    WorkKind("mass", deliver_mass, _mass()),
)
