"""Whether somebody waits for a person longer than was promised, and whether colleagues can be alerted outside the console."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from bot.core import clock, db
from bot.core.config import Config
from bot.health import mailing
from bot.health.checks import sqlite_file
from bot.health.checks.finding import Finding, Subject, fail, ok, skip, warn
from bot.staff import duty
from bot.staff.rights import Right
from models.alerts import AlertCall, CallState
from models.messages import StaffMessage, is_overdue

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

MESSAGES, DUTY, MAIL = "留言", "值班提醒", "邮件"
ANSWER = "请受理员打开工作台「留言」答复；没有人能看时，请分管领导在「值班」里排班"
REACH = "请同事在工作台「值班」里绑定自己的微信，或填邮箱（要先填好 [mail]）"


def people(subject: Subject, config: Config) -> Iterator[Finding]:
    """Who on duty can be reached, and whether mails leave."""
    file = sqlite_file.of_url(config.database.url)
    if file is not None and not file.exists():
        return  # what to do about it is said above; a look must not make it anew
    engine = db.connect(config.database.url, pool_size=1)
    try:
        with db.reading(engine) as session:
            yield from _reach(session, config)
    except SQLAlchemyError:
        yield skip(DUTY, "数据库用不了，没有看")
    finally:
        engine.dispose()
    if config.mail.is_on:
        yield _mail(subject, config)


def messages(session: Session) -> Finding:
    """Who waits for a person longer than was promised. A warning, in /readyz too: a monitor that restarts the service, or
    takes it away from people, because colleagues have not answered would help nobody."""
    query = select(func.count(), func.min(StaffMessage.created_at)).where(is_overdue(clock.now()))
    late, oldest = session.execute(query).one()
    if not late:
        return ok(MESSAGES, "没有人等得超过答复时限")
    since = f"{clock.local(oldest):%Y-%m-%d %H:%M}"
    return warn(MESSAGES, f"{late} 条超过答复时限没有人处理，最早的是 {since} 留的", ANSWER)


def _reach(session: Session, config: Config) -> Iterator[Finding]:
    officers = duty.officers(session, Right.MESSAGE_ANSWER)
    reachable = [one for one in officers if one.openid or (one.mail and config.mail.is_on)]
    if reachable:
        yield ok(DUTY, f"{len(officers)} 位同事里有 {len(reachable)} 位能在工作台之外收到")
    else:
        yield warn(DUTY, "有人急需帮助时，没有一位同事能在工作台之外收到提醒", REACH)
    lost = select(func.count()).select_from(AlertCall).where(AlertCall.state == CallState.FAILED)
    if failed := session.scalar(lost):
        yield warn(DUTY, f"有 {failed} 封提醒邮件没有发出", "核对 [mail] 和同事的邮箱", "mail.host")


def _mail(subject: Subject, config: Config) -> Finding:
    where = f"{config.mail.host}:{config.mail.port}"
    if subject.offline:
        return skip(MAIL, f"{where} 没有连（离线检查）")
    try:
        mailing.connect(config.mail).quit()
    except (OSError, smtplib.SMTPException) as error:
        remedy = "核对地址、端口、加密方式、登录名和密码，确认服务器能连到它"
        return fail(MAIL, f"{where} 连不上或登录不了（{type(error).__name__}）", remedy, "mail.host")
    return ok(MAIL, f"{where} 能连、能登录")
