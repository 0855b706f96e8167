"""The job that lets cases forget their appellants when their time is over."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot import clock, retention
from bot.schedule import job
from bot.services import Services

AT_ONCE = 1000  # cases a night: a backlog of years takes some nights, never a long transaction


@job("50 4 * * *", grace=timedelta(hours=20))
def anonymise_finished_cases(services: Services, db: Session, due_at: datetime) -> None:
    """已结束满年限的诉求去掉诉求人信息，删除图片，只留统计"""
    today = clock.local(due_at).date()
    year = today.year - services.config.privacy.closed_case_years
    old = clock.at(today.replace(year=year, day=min(today.day, 28)), 0)
    for case in retention.due(db, old, AT_ONCE):
        retention.anonymise(db, services, case)
