"""What cannot wait for somebody to open the console: told at once to the colleagues on duty, each once by each channel.

A line in their inbox, a message to their own WeChat while its window is open, a mail where `[mail]` is set. An alert says
what happened and where to look, never who somebody is or what they wrote. It writes rows only, in the caller's
transaction; workers send (`bot/outgoing/delivery`, `bot/health/mailing.py`).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import clock
from bot.core.db import insert_once
from bot.core.logs import get_logger
from bot.followers import people
from bot.outgoing.single_messages import queue_message
from bot.runtime.services import Services
from bot.staff import duty, inbox
from bot.staff.rights import Right
from bot.wechat.capabilities import Capability
from bot.wechat.windows import remaining
from models.alerts import Alert, AlertCall, CallState
from models.followers import find_follower
from models.messages import StaffMessage, is_overdue
from models.staff import Staff

log = get_logger(__name__)
WECHAT, MAIL = "wechat", "mail"
AT_ONCE = 500  # messages that one alert counts


def raise_alert(
    services: Services, db: Session, key: str, text: str, page: str, *, to: Right = Right.MESSAGE_ANSWER
) -> int:
    """Tell the officers on duty who have the right `to`, once per `key`; how many are called outside the console at
    this moment, which is what a person may be told."""
    moment = clock.now()
    alert_id = insert_once(db, Alert, key=key, text=text, page=page, created_at=moment)
    if alert_id is None:
        return 0
    alert, officers = db.get_one(Alert, alert_id), duty.officers(db, to)
    called = sum(_call(services, db, alert, officer, moment) for officer in officers)
    services.rows_made(db)
    log.warning("alert_raised", alert=alert_id, officers=len(officers), called=called)
    return called


def _call(services: Services, db: Session, alert: Alert, officer: Staff, moment: datetime) -> bool:
    inbox.tell_staff(db, officer.id, "alert", alert.text)
    by_wechat = officer.openid is not None and _by_wechat(services, db, alert, officer, moment)
    by_mail = bool(officer.mail and services.config.mail.is_on) and _by_mail(db, alert, officer, moment)
    return by_wechat or by_mail


def _by_wechat(services: Services, db: Session, alert: Alert, officer: Staff, moment: datetime) -> bool:
    """Queue it; outside the officer's window it waits for their next word, and they are not called now."""
    text = f"【值班提醒】{alert.text}\n{services.url(alert.page)}"
    row = queue_message(
        db,
        key=f"alert:{alert.id}:{officer.id}",
        recipient=str(officer.openid),
        payload={"text": text},
        moment=moment,
    )
    db.add(
        AlertCall(alert_id=alert.id, staff_id=officer.id, channel=WECHAT, delivery_id=row, not_before=moment)
    )
    return can_be_called(services, db, officer, moment)


def can_be_called(services: Services, db: Session, officer: Staff, moment: datetime) -> bool:
    """Whether a message would reach this officer's own WeChat now."""
    person = find_follower(db, officer.openid) if officer.openid else None
    return (
        Capability.CUSTOM_MESSAGE in services.capabilities
        and person is not None
        and person.subscribed
        and remaining(people.windows(person), moment) > 0
    )


def _by_mail(db: Session, alert: Alert, officer: Staff, moment: datetime) -> bool:
    state = CallState.QUEUED
    db.add(AlertCall(alert_id=alert.id, staff_id=officer.id, channel=MAIL, state=state, not_before=moment))
    return True


def tell_of_long_waits(services: Services, db: Session, moment: datetime) -> int:
    """Alert once for all messages that have just waited longer than promised; how many."""
    query = select(StaffMessage).where(is_overdue(moment), StaffMessage.alerted_at.is_(None))
    late = list(db.scalars(query.order_by(StaffMessage.id).limit(AT_ONCE).with_for_update(skip_locked=True)))
    if not late:
        return 0
    for message in late:
        message.alerted_at = moment
    text = f"{len(late)} 条留言超过了答应的时间，还没有人处理。请打开工作台「留言」。"
    raise_alert(services, db, f"waiting:{late[0].id}:{moment:%Y%m%d%H%M}", text, "/console/messages")
    return len(late)
