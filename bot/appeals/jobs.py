"""What happens to appeals by the clock: reminders, escalation, the morning's digest, estimated dates (domain §2.3, §3.3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.appeals import escalation, recalculation, reminders
from bot.appeals.acts import holding
from bot.core import clock, workdays
from bot.core.db import after_commit
from bot.runtime.jobs import job
from bot.runtime.services import ServiceActor, Services
from models.appeals import Attachment


@job("*/10 * * * *", grace=timedelta(minutes=9))
def send_casework_notices(services: Services, db: Session, due_at: datetime) -> None:
    """工作时间发出预警、超期、催办、督办"""
    escalation.notify(services, db, clock.now())


@job("5,35 * * * *", grace=timedelta(minutes=29))
def remind_of_questions(services: Services, db: Session, due_at: datetime) -> None:
    """提醒诉求人补充，到期没有补充的关闭"""
    reminders.remind_of_questions(ServiceActor(db, None, services), clock.now())


@job("10,40 * * * *", grace=timedelta(minutes=29))
def remind_of_surveys(services: Services, db: Session, due_at: datetime) -> None:
    """提醒诉求人评价，回访期满的销号"""
    reminders.remind_of_surveys(ServiceActor(db, None, services), clock.now())


@job("15,45 * * * *", grace=timedelta(minutes=29))
def review_holds(services: Services, db: Session, due_at: datetime) -> None:
    """到复核日期的挂账诉求恢复办理"""
    holding.resume_due(ServiceActor(db, None, services), clock.now())


@job("0 9 * * *", grace=timedelta(hours=8))
def morning_digest(services: Services, db: Session, due_at: datetime) -> None:
    """工作日早上列出超期和临近到期的诉求"""
    if workdays.is_workday(clock.local(due_at).date()):
        escalation.digest(services, db, clock.now())


@job("40 8 * * *", grace=timedelta(hours=15))
def recalculate_estimated_dates(services: Services, db: Session, due_at: datetime) -> None:
    """放假安排公布后重算暂估的时限"""
    recalculation.recalculate(ServiceActor(db, None, services), clock.now())


@job("40 3 * * *", grace=timedelta(hours=20))
def forget_draft_pictures(services: Services, db: Session, due_at: datetime) -> None:
    """清除没有提交的草稿图片，以及没有记录的文件"""
    old = due_at - 2 * timedelta(hours=services.config.appeals.draft_hours)
    orphans = delete(Attachment).where(Attachment.appeal_id.is_(None), Attachment.created_at < old)
    db.execute(orphans, execution_options={"synchronize_session": False})
    known = set(db.scalars(select(Attachment.path).where(Attachment.path.is_not(None))))
    lost = {name for name in services.storage.names(old.timestamp()) if name not in known}
    for name in lost:  # also what a crash left behind between a file and its row
        after_commit(db, partial(services.storage.forget, name))
