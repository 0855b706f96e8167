"""The jobs themselves. A weekly job per study series is made from its row, so that staff can move its hour."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot import study
from bot.db import after_commit, reading
from bot.schedule import JOBS, Plan, job
from bot.services import Services
from models.appeal import Attachment
from models.conversation import Conversation
from models.inbound import Inbound, Unmatched
from models.schedule import JobRun
from models.study import Series, enabled_series


def plans(services: Services) -> list[Plan]:
    """All jobs there are at this moment: the fixed ones and one per enabled series."""
    with reading(services.engine) as db:
        series = enabled_series(db)
    grace = timedelta(hours=services.config.scheduler.grace_hours)
    return [*JOBS.values(), *(_weekly(one, grace) for one in series)]


def _weekly(series: Series, grace: timedelta) -> Plan:
    def latest(moment: datetime) -> datetime | None:
        return study.latest_occurrence(series, moment)

    def body(services: Services, db: Session, due_at: datetime) -> None:
        study.send_week(db, series.id, due_at, services.url)

    return Plan(f"study:{series.slug}", f"每周推送：{series.title}", latest, grace, body)


@job("20 3 * * *", grace=timedelta(hours=20))
def forget_old_chats(services: Services, db: Session, due_at: datetime) -> None:
    """清除到期的原始聊天内容（默认90天）和过期草稿"""
    keep = timedelta(days=services.config.privacy.raw_chat_days)
    db.execute(
        update(Inbound).where(Inbound.received_at < due_at - keep).values(text=None, reply="", openid=None)
    )
    db.execute(delete(Unmatched).where(Unmatched.created_at < due_at - keep))
    stale = select(Conversation.id).where(Conversation.expires_at < due_at)
    db.execute(
        update(Conversation)
        .where(Conversation.id.in_(stale))
        .values(form=None, step=None, data={}, memory={}, expires_at=None)
    )


@job("40 3 * * *", grace=timedelta(hours=20))
def forget_draft_pictures(services: Services, db: Session, due_at: datetime) -> None:
    """清除没有提交的草稿图片"""
    old = due_at - 2 * timedelta(hours=services.config.appeals.draft_hours)
    orphans = list(
        db.scalars(select(Attachment).where(Attachment.appeal_id.is_(None), Attachment.created_at < old))
    )
    for orphan in orphans:
        if orphan.path:
            after_commit(db, partial(services.storage.forget, orphan.path))
        db.delete(orphan)


@job("50 3 * * 0", grace=timedelta(days=3))
def forget_old_runs(services: Services, db: Session, due_at: datetime) -> None:
    """清除一年前的任务记录"""
    db.execute(delete(JobRun).where(JobRun.due_at < due_at - timedelta(days=366)))
