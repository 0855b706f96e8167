"""The housekeeping of our own rows. The audit trail's end is written down each day, so that a trail that was cut short
shows."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from bot.core import audit, clock
from bot.runtime.jobs import job
from bot.runtime.services import Services
from bot.staff import confirmations
from models.jobs import JobRun
from models.wechat import Quota


@job("5 0 * * *", grace=timedelta(hours=20))
def seal_the_trail(services: Services, db: Session, due_at: datetime) -> None:
    """封存前一天的操作记录"""
    audit.seal(db, clock.local(due_at).date() - timedelta(days=1))


@job("45 * * * *", grace=timedelta(minutes=59))
def expire_confirmations(services: Services, db: Session, due_at: datetime) -> None:
    """结束过期没有确认的事"""
    confirmations.expire(db)


@job("30 4 * * *", grace=timedelta(hours=20))
def forget_old_quotas(services: Services, db: Session, due_at: datetime) -> None:
    """清除用过的额度记录"""
    db.execute(delete(Quota).where(Quota.period < f"{due_at - timedelta(days=62):%Y-%m}"))


@job("50 3 * * 0", grace=timedelta(days=3))
def forget_old_runs(services: Services, db: Session, due_at: datetime) -> None:
    """清除一年前的任务记录"""
    db.execute(delete(JobRun).where(JobRun.due_at < due_at - timedelta(days=366)))
