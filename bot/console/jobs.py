"""The housekeeping of the console's own rows."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from bot.runtime.jobs import job
from bot.runtime.services import Services
from models.form_keys import FormKey

KEPT = timedelta(days=8)  # longer than the longest session: no form that can still be sent is older


@job("40 3 * * *", grace=timedelta(hours=20))
def forget_old_form_keys(services: Services, db: Session, due_at: datetime) -> None:
    """清除用过的表单记录"""
    db.execute(delete(FormKey).where(FormKey.at < due_at - KEPT))
