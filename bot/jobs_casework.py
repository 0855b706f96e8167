"""The desk's jobs: notices and reminders, lapses, the morning's digest, estimated dates (domain §2.3, §3.3)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot import clock, workdays
from bot.casework import supervising, waiting
from bot.casework.desk import Desk
from bot.schedule import job
from bot.services import Services


@job("*/10 * * * *", grace=timedelta(minutes=9))
def send_casework_notices(services: Services, db: Session, due_at: datetime) -> None:
    """工作时间发出预警、超期、催办、督办"""
    supervising.notify(services, db, clock.now())


@job("5,35 * * * *", grace=timedelta(minutes=29))
def remind_of_questions(services: Services, db: Session, due_at: datetime) -> None:
    """提醒诉求人补充，到期没有补充的关闭"""
    waiting.remind_of_questions(Desk(db, services, None), clock.now())


@job("10,40 * * * *", grace=timedelta(minutes=29))
def remind_of_surveys(services: Services, db: Session, due_at: datetime) -> None:
    """提醒诉求人评价，回访期满的销号"""
    waiting.remind_of_surveys(Desk(db, services, None), clock.now())


@job("15,45 * * * *", grace=timedelta(minutes=29))
def review_holds(services: Services, db: Session, due_at: datetime) -> None:
    """到复核日期的挂账诉求恢复办理"""
    waiting.review_holds(Desk(db, services, None), clock.now())


@job("0 9 * * *", grace=timedelta(hours=8))
def morning_digest(services: Services, db: Session, due_at: datetime) -> None:
    """工作日早上列出超期和临近到期的诉求"""
    if workdays.is_workday(clock.local(due_at).date()):
        supervising.digest(services, db, clock.now())


@job("40 8 * * *", grace=timedelta(hours=15))
def recalculate_estimated_dates(services: Services, db: Session, due_at: datetime) -> None:
    """放假安排公布后重算暂估的时限"""
    waiting.recalculate(Desk(db, services, None), clock.now())
