"""The daily reminder before application windows close."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import chain

from sqlalchemy.orm import Session

from bot.content.meanings import keep_rows
from bot.policies import reminders
from bot.runtime.jobs import job
from bot.runtime.services import Services


@job("0 9 * * *", grace=timedelta(hours=10))
def remind_of_closing_windows(services: Services, db: Session, due_at: datetime) -> None:
    """申报截止前15、7、3、1天提醒收藏的人和适合的企业"""
    reminders.remind(services, db, due_at)


@job("*/5 * * * *", grace=timedelta(minutes=5))
def list_questions_without_meaning(services: Services, db: Session, due_at: datetime) -> None:
    """列出还没有向量的常见问法，交给后台计算"""
    if services.encoder is None:
        return
    texts = chain.from_iterable(services.libraries.current().meant.values())
    if keep_rows(db, services.encoder.model, texts):
        services.rows_made(db, "meanings")
