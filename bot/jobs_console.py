"""The console's job: the audit trail's end is written down each day, so that a trail that was cut short shows."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot import audit, clock
from bot.schedule import job
from bot.services import Services


@job("5 0 * * *", grace=timedelta(hours=20))
def seal_the_trail(services: Services, db: Session, due_at: datetime) -> None:
    """封存前一天的操作记录"""
    audit.seal(db, clock.local(due_at).date() - timedelta(days=1))
