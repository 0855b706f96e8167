"""The ledger's jobs: files of exports and imports are kept for a day."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.ledgers import runs
from bot.runtime.jobs import job
from bot.runtime.services import Services


@job("25 * * * *", grace=timedelta(minutes=59))
def forget_ledger_files(services: Services, db: Session, due_at: datetime) -> None:
    """清除一天前导出和上传的台账文件"""
    runs.forget_files(services, db)
