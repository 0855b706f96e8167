"""The daily reminder before application windows close."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.policies import reminders
from bot.runtime.jobs import job
from bot.runtime.services import Services


@job("0 9 * * *", grace=timedelta(hours=10))
def remind_of_closing_windows(services: Services, db: Session, due_at: datetime) -> None:
    """申报截止前15、7、3、1天提醒收藏的人和适合的企业"""
    reminders.remind(services, db, due_at)
