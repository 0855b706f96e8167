"""Which channel each message takes: the first of its broadcast's channels that this account and this person allow.

The database decides for many people at once, when rows are made and again when a channel turned out to be closed.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session

from bot.core import clock
from bot.core.db import reading, transaction
from bot.followers import segments
from bot.outgoing.delivery import publishing
from bot.runtime.services import Services
from bot.study import series
from bot.wechat.capabilities import Capability
from models.consents import NoticeConsent
from models.followers import Follower
from models.outgoing import Broadcast, BroadcastState, Channel, Delivery, DeliveryState

D = DeliveryState
AT_ONCE = 500  # rows that get their channel in one transaction
NEEDS = {
    Channel.CUSTOM: Capability.CUSTOM_MESSAGE,
    Channel.MASS: Capability.MASS_BY_TAG,
    Channel.TEMPLATE: Capability.TEMPLATE_MESSAGE,
    Channel.NOTICE: Capability.SUBSCRIBE_NOTICE,
}


def channels_of(broadcast: Broadcast) -> tuple[Channel, ...]:
    """The channels that a broadcast may use, the preferred first."""
    return tuple(Channel(channel) for channel in broadcast.ways.split(",") if channel)


def goes_to_all(services: Services, broadcast: Broadcast) -> bool:
    """Whether a broadcast goes out as one job to all followers: a subscription account has no lists, and tagging
    everybody fifty at a time takes too long. Then nobody may get it by another channel too."""
    return (
        broadcast.series_id is None
        and Channel.MASS in channels_of(broadcast)
        and Capability.MASS_BY_TAG in services.capabilities
        and Capability.MASS_BY_OPENID not in services.capabilities
        and segments.is_everybody(broadcast.audience)
    )


def channel_of(
    services: Services, db: Session, broadcast: Broadcast | None, moment: datetime
) -> ColumnElement[str | None]:
    """The channel for the Follower at hand as an expression; NULL: wait for the person's next words."""
    if broadcast is not None and goes_to_all(services, broadcast) and broadcast.prepared_at is None:
        return literal(Channel.MASS.value)
    nothing: ColumnElement[str | None] = cast(null(), String)
    chosen_channels = channels_of(broadcast) if broadcast is not None else (Channel.CUSTOM,)
    usable = [
        channel for channel in chosen_channels if channel in NEEDS and NEEDS[channel] in services.capabilities
    ]
    if broadcast is not None and broadcast.form == "article" and not publishing.article_id(db, broadcast):
        usable = [channel for channel in usable if channel is not Channel.CUSTOM]
    if not usable:
        return nothing
    return case(
        *((_is_open(services, channel, broadcast, moment), channel.value) for channel in usable),
        else_=nothing,
    )


def _is_open(
    services: Services, channel: Channel, broadcast: Broadcast | None, moment: datetime
) -> ColumnElement[bool]:
    """Whether the Follower at hand can be reached by this channel now."""
    if channel is Channel.CUSTOM:
        return has_open_window(moment)
    if channel is Channel.MASS:
        return has_mass_room(services)
    if channel is Channel.NOTICE:
        template = str(broadcast.payload.get("template_id", "")) if broadcast else ""
        agreed = exists().where(NoticeConsent.openid == Follower.openid, NoticeConsent.left > 0)
        return agreed.where(NoticeConsent.template_id == template)
    return true()


def has_open_window(moment: datetime) -> ColumnElement[bool]:
    """Whether the Follower at hand may be sent a customer-service message (platform §5.1)."""
    return or_(
        and_(Follower.message_until > moment, Follower.message_left > 0),
        and_(Follower.tap_until > moment, Follower.tap_left > 0),
    )


def has_mass_room(services: Services) -> ColumnElement[bool]:
    """Whether a service account may still mass-send to the Follower at hand in this month: each gets four, whatever
    interface sends them (platform §6.1). WeChat drops a fifth without saying to whom, so we do not send it."""
    if Capability.MASS_BY_OPENID not in services.capabilities:
        return true()
    most = services.config.wechat.mass_per_month
    if most == 0:
        return false()
    since = clock.at(clock.today().replace(day=1), 0)
    got = select(func.count()).where(
        Delivery.recipient == Follower.openid,
        Delivery.state.in_((D.QUEUED, D.SENDING, D.SENT)),
        Delivery.channel == Channel.MASS,
        Delivery.created_at >= since,
    )
    return got.correlate(Follower).scalar_subquery() < most


def choose(services: Services) -> int:
    """Give each row without a channel its own, a broadcast at a time; how many rows got one."""
    moment, chosen = clock.now(), 0
    with reading(services.engine) as db:
        waiting = _broadcasts_to_choose_for(db, moment)
    for broadcast_id in waiting:
        with transaction(services.engine) as db:
            broadcast = db.get(Broadcast, broadcast_id) if broadcast_id is not None else None
            chosen += _choose_for(services, db, broadcast, moment)
            services.rows_made(db)
    return chosen


def _broadcasts_to_choose_for(db: Session, moment: datetime) -> list[int | None]:
    single = select(Delivery.id).where(Delivery.broadcast_id.is_(None), *_unchosen(moment))
    ours = exists().where(Delivery.broadcast_id == Broadcast.id, *_unchosen(moment))
    many = select(Broadcast.id).where(Broadcast.state == BroadcastState.SENDING, ours)
    alone: list[int | None] = [None] if db.scalar(single.limit(1)) is not None else []
    return [*alone, *db.scalars(many)]


def _unchosen(moment: datetime) -> tuple[ColumnElement[bool], ...]:
    return (Delivery.state == D.QUEUED, Delivery.channel.is_(None), Delivery.not_before <= moment)


def _choose_for(services: Services, db: Session, broadcast: Broadcast | None, moment: datetime) -> int:
    mine = Delivery.broadcast_id == broadcast.id if broadcast else Delivery.broadcast_id.is_(None)
    if broadcast is not None and broadcast.series_id is not None:
        series.cancel_unwanted(db, mine, *_unchosen(moment))
    rows = select(Delivery.id).where(mine, *_unchosen(moment)).order_by(Delivery.id).limit(AT_ONCE)
    locked = list(db.scalars(rows.with_for_update(skip_locked=True)))
    channel = case((Follower.subscribed, channel_of(services, db, broadcast, moment)), else_=null()).label(
        "way"
    )
    pairs = (
        select(Delivery.id, channel)
        .outerjoin(Follower, Follower.openid == Delivery.recipient)
        .where(Delivery.id.in_(locked))
    )
    by_way: dict[str | None, list[int]] = {}
    for row_id, chosen in db.execute(pairs):
        by_way.setdefault(chosen, []).append(row_id)
    for chosen, ids in by_way.items():
        values = {"channel": Channel(chosen)} if chosen else {"state": D.WAITING_CONTACT}
        db.execute(
            update(Delivery).where(Delivery.id.in_(ids)).values(**values),
            execution_options={"synchronize_session": False},
        )
    return len(locked)
