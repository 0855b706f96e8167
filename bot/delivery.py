"""deliver(): choose the way, claim, send, settle; one commit a step, so that a crash is never guessed about.

A customer-service message has no idempotency key: a row that was SENDING when its worker died becomes
UNKNOWN and is never sent again by itself. Mass sends carry a clientmsgid and are in `bot/mass.py`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from bot import clock, people
from bot.db import reading, transaction
from bot.logs import get_logger
from bot.notices import payload_of
from bot.services import Services
from bot.wechat.channels import Capability
from bot.wechat.errors import Outcome
from bot.wechat.gateway import Answer
from bot.wechat.windows import remaining, spend
from models import follower as followers
from models.delivery import Broadcast, BroadcastState, Channel, Delivery, DeliveryState

log = get_logger(__name__)
D = DeliveryState
BACKOFF_SECONDS = (5, 30, 120, 600, 1800)


def deliver(services: Services) -> int:
    """One round: take over what died, choose ways, send what is due. How many rows were handled."""
    recover(services)
    handled = choose_channels(services)
    for row_id in claim(services):
        send_one(services, row_id)
        handled += 1
    return handled


def recover(services: Services) -> None:
    """Rows whose worker died: not yet sent ones are free again, possibly sent ones are unknown for good."""
    moment = clock.now()
    lost = (Delivery.channel == Channel.CUSTOM, Delivery.leased_until < moment)
    with reading(services.engine) as db:
        stale = db.scalar(
            select(Delivery.id).where(Delivery.state.in_((D.LEASED, D.SENDING)), *lost).limit(1)
        )
    if stale is None:
        return
    with transaction(services.engine) as db:
        db.execute(
            update(Delivery)
            .where(Delivery.state == D.LEASED, *lost)
            .values(state=D.QUEUED, leased_until=None)
        )
        gone = db.execute(
            update(Delivery)
            .where(Delivery.state == D.SENDING, *lost)
            .values(
                state=D.UNKNOWN,
                settled_at=moment,
                leased_until=None,
                detail="发送途中进程中断，是否送达未知，请人工核实",
            )
        )
        if gone.rowcount:  # type: ignore[attr-defined]
            log.warning("deliveries_unknown", count=gone.rowcount)  # type: ignore[attr-defined]


def choose_channels(services: Services) -> int:
    """Give each new row its way: customer-service message, mass send, or wait for the person's next words."""
    from bot import mass

    if not _any_new(services):
        return 0
    with transaction(services.engine) as db:
        query = select(Delivery).where(
            Delivery.state == D.QUEUED, Delivery.channel.is_(None), Delivery.not_before <= clock.now()
        )
        rows = list(db.scalars(query.order_by(Delivery.id).limit(500).with_for_update(skip_locked=True)))
        for row in rows:
            if _may_write(services, db, row):
                row.channel = Channel.CUSTOM
            elif row.broadcast_id and mass.possible(services):
                row.channel = Channel.MASS
            else:
                row.state = D.WAITING_CONTACT
        return len(rows)


def _any_new(services: Services) -> bool:
    with reading(services.engine) as db:
        query = select(Delivery.id).where(Delivery.state == D.QUEUED, Delivery.channel.is_(None))
        return db.scalar(query.where(Delivery.not_before <= clock.now()).limit(1)) is not None


def _may_write(services: Services, db: Session, row: Delivery) -> bool:
    if Capability.CUSTOM_MESSAGE not in services.capabilities or row.recipient is None:
        return False
    person = followers.find(db, row.recipient)
    return person is not None and person.subscribed and remaining(people.windows(person), clock.now()) > 0


def claim(services: Services) -> list[int]:
    """Lease a batch of customer-service messages that are due."""
    moment = clock.now()
    settings = services.config.delivery
    due = (Delivery.state == D.QUEUED, Delivery.channel == Channel.CUSTOM, Delivery.not_before <= moment)
    with reading(services.engine) as db:
        if db.scalar(select(Delivery.id).where(*due).limit(1)) is None:
            return []
    with transaction(services.engine) as db:
        paused = select(Broadcast.id).where(Broadcast.state == BroadcastState.PAUSED)
        free = or_(Delivery.broadcast_id.is_(None), Delivery.broadcast_id.not_in(paused))
        query = select(Delivery).where(*due, free).order_by(Delivery.id).limit(settings.batch_size)
        rows = list(db.scalars(query.with_for_update(skip_locked=True)))
        until = moment + timedelta(seconds=settings.lease_seconds)
        for row in rows:
            row.state, row.leased_until = D.LEASED, until
        return [row.id for row in rows]


def send_one(services: Services, row_id: int) -> None:
    """Send one leased customer-service message and settle it."""
    with transaction(services.engine) as db:
        started = _start_sending(services, db, row_id)
    if started is None:
        return
    recipient, message = started
    # No transaction is open here: the call may take seconds.
    answer = services.gateway.send_custom(recipient, message)
    with transaction(services.engine) as db:
        _settle(services, db, row_id, answer)


def _start_sending(services: Services, db: Session, row_id: int) -> tuple[str, dict[str, object]] | None:
    """Spend the person's window and mark the row; None when it may no longer go out this way."""
    moment = clock.now()
    row = db.get(Delivery, row_id, with_for_update=True)
    if row is None or row.state is not D.LEASED or row.recipient is None:
        return None  # cancelled meanwhile, or another worker took over an expired lease
    person = followers.find(db, row.recipient)
    left = spend(people.windows(person), moment) if person and person.subscribed else None
    if person is None or left is None:
        row.state, row.channel, row.leased_until = D.QUEUED, None, None  # choose again: the window is over
        return None
    people.set_windows(person, left)
    row.state, row.attempts = D.SENDING, row.attempts + 1
    row.leased_until = moment + timedelta(seconds=services.config.delivery.lease_seconds)
    return row.recipient, custom_message(payload_of(db, row))


def custom_message(payload: dict[str, object]) -> dict[str, object]:
    """A payload as the platform's customer-service message: a card where there is a page, else words."""
    if payload.get("url"):
        card = {
            "title": payload["title"],
            "description": payload["digest"],
            "url": payload["url"],
            "picurl": "",
        }
        return {"msgtype": "news", "news": {"articles": [card]}}
    return {"msgtype": "text", "text": {"content": payload["text"]}}


def _settle(services: Services, db: Session, row_id: int, answer: Answer) -> None:
    row = db.get(Delivery, row_id, with_for_update=True)
    if row is None or row.state is not D.SENDING:
        return
    moment = clock.now()
    row.leased_until, row.errcode, row.detail = None, answer.errcode, answer.detail[:255] or None
    match answer.outcome:
        case Outcome.SENT:
            row.state, row.settled_at = D.SENT, moment
        case Outcome.LATER | Outcome.MINUTE | Outcome.TOKEN:
            _again(services, db, row, moment)
        case Outcome.QUOTA:
            row.state, row.not_before = D.QUEUED, next_midnight(moment)
        case Outcome.USER:
            row.state = D.WAITING_CONTACT
            _close_windows(db, row, answer)
        case Outcome.REFUSED:
            row.state, row.settled_at = D.REFUSED, moment
        case Outcome.ADMIN | Outcome.BROKEN:
            _pause(services, db, row, moment, answer)
        case Outcome.UNKNOWN:
            row.state, row.settled_at = D.UNKNOWN, moment


def _again(services: Services, db: Session, row: Delivery, moment: datetime) -> None:
    """Nothing was delivered: give the window back and try after a pause, or wait for the person."""
    person = followers.find(db, row.recipient or "")
    if person is not None:
        people.give_back(person, moment)
    if row.attempts >= services.config.delivery.max_attempts:
        row.state = D.WAITING_CONTACT
        return
    row.state, row.not_before = D.QUEUED, moment + backoff(row.attempts)


def _close_windows(db: Session, row: Delivery, answer: Answer) -> None:
    """The platform knows better than our count: no more tries until the person writes."""
    person = followers.find(db, row.recipient or "")
    if person is not None:
        person.message_left, person.tap_left = 0, 0
        if answer.errcode in (43004, 50005):
            person.subscribed = False


def _pause(services: Services, db: Session, row: Delivery, moment: datetime, answer: Answer) -> None:
    """Our request or our rights are wrong: stop the whole broadcast for staff; a single notice waits."""
    log.error("delivery_stopped", delivery=row.id, errcode=answer.errcode, outcome=answer.outcome.name)
    broadcast = db.get(Broadcast, row.broadcast_id) if row.broadcast_id else None
    if broadcast is None:
        row.state = D.WAITING_CONTACT
        return
    row.state, row.not_before = D.QUEUED, moment
    broadcast.state, broadcast.reason = BroadcastState.PAUSED, answer.detail[:255]


def backoff(attempts: int) -> timedelta:
    """The pause after a failed try; it grows."""
    return timedelta(seconds=BACKOFF_SECONDS[min(attempts, len(BACKOFF_SECONDS)) - 1])


def next_midnight(moment: datetime) -> datetime:
    """When the platform's daily allowances begin anew (00:01 Asia/Shanghai, platform §4.4)."""
    return clock.at(clock.local(moment).date() + timedelta(days=1), 0, 1)
