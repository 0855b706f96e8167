"""What happens to broadcasts by the clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.outgoing.broadcasts import verbs
from bot.runtime.jobs import job
from bot.runtime.services import Services


@job("*/10 * * * *", grace=timedelta(minutes=9))
def close_broadcasts(services: Services, db: Session, due_at: datetime) -> None:
    """把已发完的推送标为完成"""
    verbs.close_finished(db)
