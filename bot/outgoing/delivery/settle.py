"""What becomes of a message once WeChat has answered, or once it turned out that it cannot be sent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import clock
from bot.core.backoff import backoff
from bot.core.db import transaction
from bot.core.logs import get_logger
from bot.outgoing.broadcasts import verbs
from bot.outgoing.broadcasts.why_waiting import DAILY
from bot.outgoing.delivery import claim, single_results
from bot.outgoing.delivery.claim import Letter
from bot.runtime.services import Services
from bot.wechat import quotas
from bot.wechat.errors import Outcome
from bot.wechat.gateway import Answer
from models import followers
from models.followers import Follower
from models.outgoing import Broadcast, Channel, Delivery, DeliveryState

log = get_logger(__name__)
D = DeliveryState
NOT_A_FOLLOWER = (43004, 50005)
KEYED_TRIES = 4  # of a template message: they lie within the ten minutes of its client_msg_id


def settle(services: Services, letter: Letter, answer: Answer) -> None:
    """Write down what WeChat said to a message that was SENDING."""
    with transaction(services.engine) as db:
        row, person = _lock_row_and_person(db, letter.id)
        if row is None:
            return
        moment = clock.now()
        row.leased_until, row.errcode, row.detail = None, answer.errcode, answer.detail[:255] or None
        _apply_outcome(services, db, row, person, answer, letter, moment)
        if person is None:  # left and was erased while the message was on its way
            forget(row, moment)


def _lock_row_and_person(db: Session, row_id: int) -> tuple[Delivery | None, Follower | None]:
    """A row that is SENDING and its person, both locked; the person first, as in a turn."""
    recipient = db.scalar(select(Delivery.recipient).where(Delivery.id == row_id))
    person = followers.lock_follower(db, recipient)
    row = db.get(Delivery, row_id, with_for_update=True, populate_existing=True)
    return (row if row is not None and row.state is D.SENDING else None), person


def _apply_outcome(
    services: Services,
    db: Session,
    row: Delivery,
    person: Follower | None,
    answer: Answer,
    letter: Letter,
    moment: datetime,
) -> None:
    match answer.outcome:
        case Outcome.SENT:
            row.state, row.settled_at = D.SENT, moment
            single_results.adopt_id(db, row, str(answer.data.get("msgid", "")), moment)
        case Outcome.LATER | Outcome.TOKEN:
            _retry_later(services, db, row, letter, moment, doubtful=answer.errcode is None)
        case Outcome.MINUTE:
            _wait_for_allowance(services, db, row, letter, "send_minute", moment)
        case Outcome.QUOTA:
            _wait_for_allowance(services, db, row, letter, DAILY[letter.channel], moment)
        case Outcome.USER:
            _wait_for_person(row, person, answer, letter)
        case Outcome.REFUSED:
            row.state, row.settled_at = D.REFUSED, moment
        case Outcome.ADMIN | Outcome.BROKEN:
            _return_allowance(db, letter, moment)
            _pause_broadcast(db, row, moment, answer)
        case Outcome.UNKNOWN:
            row.state, row.settled_at = D.UNKNOWN, moment


def forget(row: Delivery, moment: datetime) -> None:
    """Take the person out of a row; what was still to go out is cancelled."""
    if row.state in (D.QUEUED, D.LEASED, D.WAITING_CONTACT):
        row.state, row.settled_at = D.CANCELLED, moment
    row.recipient, row.payload, row.key = None, {}, f"erased:{row.id}"


def _return_allowance(db: Session, letter: Letter, moment: datetime) -> None:
    claim.give_back(db, [(letter.recipient, letter.channel, letter.payload)], moment)


def _retry_later(
    services: Services, db: Session, row: Delivery, letter: Letter, moment: datetime, *, doubtful: bool
) -> None:
    """Nothing was delivered: give the window back and try after a pause, or wait for the person."""
    keyed = letter.channel is Channel.TEMPLATE
    if keyed and doubtful and row.attempts >= KEYED_TRIES:
        row.state, row.settled_at = D.UNKNOWN, moment  # WeChat will not know our id any more
        return
    _return_allowance(db, letter, moment)
    if row.attempts >= services.config.delivery.max_attempts:
        row.state = D.WAITING_CONTACT
        return
    row.state, row.not_before = D.QUEUED, moment + backoff(row.attempts, row.id)


def _wait_for_allowance(
    services: Services, db: Session, row: Delivery, letter: Letter, name: str, moment: datetime
) -> None:
    """An allowance is used up: every row waits until it opens again, not just this one."""
    allowance = quotas.allowances(services.config)[name]
    opens = quotas.block(db, allowance, moment)
    _return_allowance(db, letter, moment)
    row.state, row.not_before = D.QUEUED, opens
    log.warning("quota_used", allowance=name, opens=opens.isoformat())
    broadcast = db.get(Broadcast, row.broadcast_id) if row.broadcast_id else None
    if broadcast is not None and name != "send_minute":
        broadcast.reason = quotas.quota_wait_words(allowance, opens)


def _wait_for_person(row: Delivery, person: Follower | None, answer: Answer, letter: Letter) -> None:
    """WeChat knows better than our count: no more tries by this channel until the person acts."""
    row.state = D.WAITING_CONTACT
    if person is None:
        return
    if letter.channel is Channel.CUSTOM:
        person.message_left, person.tap_left = 0, 0
    person.subscribed = person.subscribed and answer.errcode not in NOT_A_FOLLOWER


def _pause_broadcast(db: Session, row: Delivery, moment: datetime, answer: Answer) -> None:
    """Our request or our rights are wrong: pause the whole broadcast; a single message waits for the person."""
    log.error("delivery_stopped", delivery=row.id, errcode=answer.errcode, outcome=answer.outcome.name)
    if row.broadcast_id is None:
        row.state = D.WAITING_CONTACT
        return
    row.state, row.not_before = D.QUEUED, moment
    broadcast = db.get(Broadcast, row.broadcast_id, with_for_update=True, populate_existing=True)
    if broadcast is not None:
        verbs.pause_by_system(db, broadcast, answer.detail, moment)


def set_aside(services: Services, letter: Letter, *, for_good: bool = False) -> None:
    """A message whose sending raised is tried again later; after the last try, or at once when its form cannot go by
    its channel, it is refused, for a person to look at."""
    moment = clock.now()
    with transaction(services.engine) as db:
        row = db.get(Delivery, letter.id, with_for_update=True)
        if row is None or row.state is not D.LEASED:
            return  # a row that is SENDING becomes unknown when its lease ends
        _return_allowance(db, letter, moment)
        row.attempts, row.leased_until = row.attempts + 1, None
        row.state, row.not_before = D.QUEUED, moment + backoff(row.attempts, row.id)
        if for_good or row.attempts >= services.config.delivery.max_attempts:
            row.state, row.settled_at, row.detail = D.REFUSED, moment, "内容无法发送，请查看日志"
