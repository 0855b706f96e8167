"""Alerts by mail: one row at a time is leased, sent with no transaction open, and settled; a try that failed comes again.

A worker that dies after the mail server took a mail sends it once more when its lease ends, with the same Message-ID:
an alert that comes twice is better than one that does not come.
"""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import clock
from bot.core.backoff import backoff
from bot.core.db import transaction
from bot.core.logs import get_logger
from bot.core.settings import MailSettings
from bot.runtime.services import Services
from bot.runtime.work import MOMENT, is_free, is_in
from models.alerts import Alert, AlertCall, CallState
from models.staff import Staff

log = get_logger(__name__)
LEASE = timedelta(minutes=2)
SECONDS = 15.0  # a mail server's patience with us is longer
TRIES = 12  # over some five hours
DUE = (
    is_in(AlertCall.state, CallState.QUEUED),
    AlertCall.not_before <= MOMENT,
    is_free(AlertCall.leased_until),
)


@dataclass(frozen=True)
class Mail:
    """One alert to one officer's address."""

    call_id: int
    to: str
    alert: Alert
    link: str


def send_next(services: Services) -> int:
    """Send the oldest mail that is due; 0 when there is none."""
    with transaction(services.engine) as db:
        mail = _lease(services, db)
    if mail is None:
        return 0
    try:
        deliver(
            services.config.mail, _message(services, mail)
        )  # no transaction is open: this may take seconds
    except (OSError, smtplib.SMTPException) as error:
        _settle(services, mail, type(error).__name__)
        log.warning("mail_failed", call=mail.call_id, error=type(error).__name__)
    else:
        _settle(services, mail, None)
    return 1


def _lease(services: Services, db: Session) -> Mail | None:
    moment = clock.now()
    query = select(AlertCall).where(*DUE).order_by(AlertCall.id).limit(1).with_for_update(skip_locked=True)
    call = db.scalar(query, {"moment": moment})
    if call is None:
        return None
    officer, alert = db.get_one(Staff, call.staff_id), db.get_one(Alert, call.alert_id)
    if not officer.mail or not officer.active or not services.config.mail.is_on:
        call.state, call.settled_at, call.detail = CallState.FAILED, moment, "没有可用的邮箱或邮件已关闭"
        return None
    call.attempts, call.leased_until = call.attempts + 1, moment + LEASE
    return Mail(call.id, officer.mail, alert, services.url(alert.page))


def _settle(services: Services, mail: Mail, error: str | None) -> None:
    with transaction(services.engine) as db:
        call = db.get_one(AlertCall, mail.call_id, with_for_update=True)
        moment = clock.now()
        call.leased_until, call.detail = None, error
        if error is None:
            call.state, call.settled_at = CallState.SENT, moment
        elif call.attempts >= TRIES:
            call.state, call.settled_at = CallState.FAILED, moment
        else:
            call.not_before = moment + backoff(call.attempts, call.id)


def _message(services: Services, mail: Mail) -> EmailMessage:
    """What happened and where to look; nothing of the person."""
    settings, message = services.config.mail, EmailMessage()
    message["From"], message["To"] = settings.sender, mail.to
    message["Subject"] = f"【同心拾景】{mail.alert.text}"
    message["Date"] = format_datetime(clock.local(mail.alert.created_at))
    message["Message-ID"] = f"<alert-{mail.alert.id}-{mail.call_id}@{settings.sender.rpartition('@')[2]}>"
    message.set_content(
        f"{mail.alert.text}\n\n请打开：{mail.link}\n\n本邮件由系统发出，不含来访人的信息，请勿回复。\n"
    )
    return message


def deliver(settings: MailSettings, message: EmailMessage) -> None:
    """Hand one mail to the server. Slow; raises OSError or SMTPException."""
    with connect(settings) as server:
        server.send_message(message)


def connect(settings: MailSettings) -> smtplib.SMTP:
    """A connection that is ready to send. Slow; raises OSError or SMTPException."""
    context = ssl.create_default_context()
    if settings.security == "ssl":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            settings.host, settings.port, timeout=SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(settings.host, settings.port, timeout=SECONDS)
    try:
        if settings.security == "starttls":
            server.starttls(context=context)
        if settings.user:
            server.login(settings.user, settings.password.reveal())
    except BaseException:
        server.close()
        raise
    return server
