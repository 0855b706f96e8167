"""deliver(): choose the way, claim, send, settle; one commit a step, so that a crash is never guessed about.

A customer-service message has no idempotency key: a row that was SENDING when its worker died becomes
UNKNOWN and is never sent again by itself. Mass sends carry a clientmsgid and are in `bot/mass.py`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from bot import broadcasts, clock, people, study
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
from models.follower import Follower

log = get_logger(__name__)
D = DeliveryState
BACKOFF_SECONDS = (5, 30, 120, 600, 1800)
NOT_A_FOLLOWER = (43004, 50005)


def deliver(services: Services) -> int:
    """One round: take over what died, choose ways, send what is due. How many rows were handled."""
    recover(services)
    broadcasts.resume(services)
    handled = choose_channels(services)
    leased = claim(services)
    for place, row_id in enumerate(leased):
        if services.stopping.is_set():
            release(services, leased[place:])
            break
        try:
            send_one(services, row_id)
        except Exception:  # one row that cannot be sent must not keep the others waiting
            log.exception("delivery_failed", delivery=row_id)
            _set_aside(services, row_id)
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
        free = {"state": D.QUEUED, "leased_until": None}
        db.execute(update(Delivery).where(Delivery.state == D.LEASED, *lost).values(**free))
        gone = {"state": D.UNKNOWN, "settled_at": moment, "leased_until": None}
        gone["detail"] = "发送途中进程中断，是否送达未知，请人工核实"
        db.execute(update(Delivery).where(Delivery.state == D.SENDING, *lost).values(**gone))


def choose_channels(services: Services) -> int:
    """Give each new row its way: customer-service message, mass send, or wait for the person's next words."""
    from bot import mass

    if not _any_new(services):
        return 0
    with transaction(services.engine) as db:
        study.cancel_unwanted(db, Delivery.state == D.QUEUED, Delivery.channel.is_(None))
        query = select(Delivery).where(
            Delivery.state == D.QUEUED, Delivery.channel.is_(None), Delivery.not_before <= clock.now()
        )
        rows = list(db.scalars(query.order_by(Delivery.id).limit(500).with_for_update(skip_locked=True)))
        for row in rows:
            if _may_write(services, db, row):
                row.channel = Channel.CUSTOM
            elif row.broadcast_id and mass.possible(services) and mass.has_room(services, db, row):
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
    paused = select(Broadcast.id).where(Broadcast.state == BroadcastState.PAUSED)
    free: ColumnElement[bool] = or_(Delivery.broadcast_id.is_(None), Delivery.broadcast_id.not_in(paused))
    if broadcasts.is_quiet(services, moment):
        free = Delivery.broadcast_id.is_(None)  # replies and notices go out at any hour
    with reading(services.engine) as db:
        if db.scalar(select(Delivery.id).where(*due, free).limit(1)) is None:
            return []
    with transaction(services.engine) as db:
        query = select(Delivery).where(*due, free).order_by(Delivery.id).limit(settings.batch_size)
        rows = list(db.scalars(query.with_for_update(skip_locked=True)))
        until = moment + timedelta(seconds=settings.lease_seconds)
        for row in rows:
            row.state, row.leased_until = D.LEASED, until
        return [row.id for row in rows]


def release(services: Services, row_ids: list[int]) -> None:
    """Give leased rows back at once, as when this process is told to stop."""
    with transaction(services.engine) as db:
        mine = update(Delivery).where(Delivery.id.in_(row_ids), Delivery.state == D.LEASED)
        db.execute(mine.values(state=D.QUEUED, leased_until=None))


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


def _hold(db: Session, row_id: int, state: DeliveryState) -> tuple[Delivery | None, Follower | None]:
    """A row in this state and its person, both held; the person first, as everywhere."""
    recipient = db.scalar(select(Delivery.recipient).where(Delivery.id == row_id))
    person = followers.held(db, recipient)
    row = db.get(Delivery, row_id, with_for_update=True, populate_existing=True)
    return (row if row is not None and row.state is state else None), person


def _start_sending(services: Services, db: Session, row_id: int) -> tuple[str, dict[str, Any]] | None:
    """Spend the person's window and mark the row; None when it may no longer go out this way."""
    moment = clock.now()
    row, person = _hold(db, row_id, D.LEASED)
    if row is None or row.recipient is None:
        return None  # cancelled meanwhile, or another worker took over an expired lease
    if not study.is_wanted(db, row):
        row.state, row.settled_at, row.detail = D.CANCELLED, moment, "退订"
        return None
    broadcast = db.get(Broadcast, row.broadcast_id) if row.broadcast_id else None
    if broadcast is not None and broadcast.state is BroadcastState.PAUSED:
        row.state, row.leased_until = D.QUEUED, None
        return None
    left = spend(people.windows(person), moment) if person and person.subscribed else None
    if person is None or left is None:
        row.state, row.channel, row.leased_until = D.QUEUED, None, None  # choose again: the window is over
        return None
    people.set_windows(person, left)
    row.state, row.attempts = D.SENDING, row.attempts + 1
    row.leased_until = moment + timedelta(seconds=services.config.delivery.lease_seconds)
    return row.recipient, custom_message(payload_of(db, row))


def custom_message(payload: dict[str, Any]) -> dict[str, Any]:
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
    row, person = _hold(db, row_id, D.SENDING)
    if row is None:
        return
    moment = clock.now()
    row.leased_until, row.errcode, row.detail = None, answer.errcode, answer.detail[:255] or None
    match answer.outcome:
        case Outcome.SENT:
            row.state, row.settled_at = D.SENT, moment
        case Outcome.LATER | Outcome.MINUTE | Outcome.TOKEN:
            _again(services, row, person, moment)
        case Outcome.QUOTA:
            people.give_back(person, moment)
            row.state, row.not_before = D.QUEUED, next_midnight(moment)
        case Outcome.USER:
            row.state = D.WAITING_CONTACT
            _close_windows(person, answer)
        case Outcome.REFUSED:
            row.state, row.settled_at = D.REFUSED, moment
        case Outcome.ADMIN | Outcome.BROKEN:
            people.give_back(person, moment)
            _stop(db, row, moment, answer)
        case Outcome.UNKNOWN:
            row.state, row.settled_at = D.UNKNOWN, moment
    if person is None:  # left and was erased while the message was on its way
        forget(row, moment)


def forget(row: Delivery, moment: datetime) -> None:
    """Take the person out of a row; what was still to go out is cancelled."""
    if row.state in (D.QUEUED, D.LEASED, D.WAITING_CONTACT):
        row.state, row.settled_at = D.CANCELLED, moment
    row.recipient, row.payload, row.key = None, {}, f"erased:{row.id}"


def _again(services: Services, row: Delivery, person: Follower | None, moment: datetime) -> None:
    """Nothing was delivered: give the window back and try after a pause, or wait for the person."""
    people.give_back(person, moment)
    if row.attempts >= services.config.delivery.max_attempts:
        row.state = D.WAITING_CONTACT
        return
    row.state, row.not_before = D.QUEUED, moment + backoff(row.attempts)


def _close_windows(person: Follower | None, answer: Answer) -> None:
    """The platform knows better than our count: no more tries until the person writes."""
    if person is not None:
        person.message_left, person.tap_left = 0, 0
        person.subscribed = person.subscribed and answer.errcode not in NOT_A_FOLLOWER


def _stop(db: Session, row: Delivery, moment: datetime, answer: Answer) -> None:
    """Our request or our rights are wrong: pause the whole broadcast; a single notice waits for the person."""
    log.error("delivery_stopped", delivery=row.id, errcode=answer.errcode, outcome=answer.outcome.name)
    broadcast = db.get(Broadcast, row.broadcast_id) if row.broadcast_id else None
    if broadcast is None:
        row.state = D.WAITING_CONTACT
        return
    row.state, row.not_before = D.QUEUED, moment
    broadcasts.pause(broadcast, answer.detail, moment)


def _set_aside(services: Services, row_id: int) -> None:
    """A row whose sending raised: again later, and after the last try it is refused for a person to look at."""
    moment = clock.now()
    with transaction(services.engine) as db:
        row = db.get(Delivery, row_id, with_for_update=True)
        if row is None or row.state is not D.LEASED:
            return  # a row that is SENDING becomes unknown when its lease ends
        row.attempts, row.leased_until = row.attempts + 1, None
        row.state, row.not_before = D.QUEUED, moment + backoff(row.attempts)
        if row.attempts >= services.config.delivery.max_attempts:
            row.state, row.settled_at, row.detail = D.REFUSED, moment, "内容无法发送，请查看日志"


def backoff(attempts: int) -> timedelta:
    """The pause after a failed try; it grows."""
    return timedelta(seconds=BACKOFF_SECONDS[min(max(attempts, 1), len(BACKOFF_SECONDS)) - 1])


def next_midnight(moment: datetime) -> datetime:
    """When the platform's daily allowances begin anew (00:01 Asia/Shanghai, platform §4.4)."""
    return clock.at(clock.local(moment).date() + timedelta(days=1), 0, 1)
