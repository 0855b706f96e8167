"""The housekeeping of our own rows, and who has waited too long. The audit trail's end is written down each day, so that
a trail that was cut short shows."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from bot.core import audit, clock
from bot.health import alerts
from bot.runtime.jobs import job
from bot.runtime.services import Services
from bot.staff import confirmations, sessions, tries
from models.jobs import JobRun
from models.wechat import Quota


@job("*/5 * * * *", grace=timedelta(minutes=4))
def tell_of_long_waits(services: Services, db: Session, due_at: datetime) -> None:
    """留言超过答复时限没有人处理的，提醒值班的同事"""
    alerts.tell_of_long_waits(services, db, clock.now())


@job("5 0 * * *", grace=timedelta(hours=20))
def seal_the_trail(services: Services, db: Session, due_at: datetime) -> None:
    """封存前一天的操作记录"""
    audit.seal(db, clock.local(due_at).date() - timedelta(days=1))


@job("45 * * * *", grace=timedelta(minutes=59))
def expire_confirmations(services: Services, db: Session, due_at: datetime) -> None:
    """结束过期没有确认的事"""
    confirmations.expire(db)


@job("15 4 * * *", grace=timedelta(hours=20))
def forget_old_sessions(services: Services, db: Session, due_at: datetime) -> None:
    """清除过期的登录和输错口令的计数"""
    sessions.forget_old(db, services.config.console, clock.now())
    tries.forget_old(db, clock.now())


@job("30 4 * * *", grace=timedelta(hours=20))
def forget_old_quotas(services: Services, db: Session, due_at: datetime) -> None:
    """清除用过的额度记录"""
    db.execute(delete(Quota).where(Quota.period < f"{due_at - timedelta(days=62):%Y-%m}"))


@job("50 3 * * 0", grace=timedelta(days=3))
def forget_old_runs(services: Services, db: Session, due_at: datetime) -> None:
    """清除一年前的任务记录"""
    db.execute(delete(JobRun).where(JobRun.due_at < due_at - timedelta(days=366)))
