"""The jobs themselves, with those of each `bot/jobs_<subject>.py`. A weekly job per study series is made from its row,
so that staff can move its hour."""

from __future__ import annotations

import importlib
import pkgutil
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import String, cast, delete, literal, or_, select, update
from sqlalchemy.orm import Session

from bot import (
    broadcasts,
    follower_sync,
    jobs_casework,  # noqa: F401 — importing a file of jobs is what registers them
    jobs_privacy,  # noqa: F401
    study,
    tags,
)
from bot.db import after_commit, reading
from bot.schedule import JOBS, Plan, job
from bot.services import Services
from bot.wechat.channels import Capability
from models.appeal import Attachment
from models.conversation import Conversation
from models.delivery import Delivery, DeliveryState
from models.follower import Follower
from models.inbound import Inbound, StaffMessage, Unmatched
from models.quota import Quota
from models.schedule import JobRun
from models.study import Series, enabled_series

UNSYNCHRONISED = {"synchronize_session": False}
SETTLED = (DeliveryState.SENT, DeliveryState.REFUSED, DeliveryState.UNKNOWN, DeliveryState.CANCELLED)
for _module in pkgutil.iter_modules([str(Path(__file__).parent)]):
    if _module.name.startswith("jobs_"):
        importlib.import_module(f"bot.{_module.name}")


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

    claim = partial(study.claim_of, series)
    return Plan(f"study:{series.slug}", f"每周推送：{series.title}", latest, grace, body, claim)


@job("20 3 * * *", grace=timedelta(hours=20))
def forget_old_chats(services: Services, db: Session, due_at: datetime) -> None:
    """清除到期的原始聊天内容（默认90天）和过期草稿"""
    old = due_at - timedelta(days=services.config.privacy.raw_chat_days)
    said = or_(Inbound.text.is_not(None), Inbound.openid.is_not(None), Inbound.reply != "")
    db.execute(
        update(Inbound).where(Inbound.received_at < old, said).values(text=None, reply="", openid=None)
    )
    db.execute(delete(Unmatched).where(Unmatched.created_at < old))
    db.execute(delete(StaffMessage).where(StaffMessage.created_at < old))
    settled = (Delivery.settled_at < old, Delivery.broadcast_id.is_(None), Delivery.recipient.is_not(None))
    db.execute(update(Delivery).where(*settled).values(payload={}, recipient=None))
    silent = select(Follower.openid).where(Follower.last_seen_at < old)
    forgotten = or_(Conversation.expires_at < due_at, Conversation.openid.in_(silent))
    empty: dict[str, Any] = {"form": None, "step": None, "data": {}, "memory": {}, "expires_at": None}
    db.execute(update(Conversation).where(forgotten).values(**empty), execution_options=UNSYNCHRONISED)


@job("40 3 * * *", grace=timedelta(hours=20))
def forget_draft_pictures(services: Services, db: Session, due_at: datetime) -> None:
    """清除没有提交的草稿图片，以及没有记录的文件"""
    old = due_at - 2 * timedelta(hours=services.config.appeals.draft_hours)
    orphans = delete(Attachment).where(Attachment.appeal_id.is_(None), Attachment.created_at < old)
    db.execute(orphans, execution_options=UNSYNCHRONISED)
    known = set(db.scalars(select(Attachment.path).where(Attachment.path.is_not(None))))
    lost = {name for name in services.storage.names(old.timestamp()) if name not in known}
    for name in lost:  # also what a crash left behind between a file and its row
        after_commit(db, partial(services.storage.forget, name))


@job("*/10 * * * *", grace=timedelta(minutes=9))
def close_broadcasts(services: Services, db: Session, due_at: datetime) -> None:
    """把已发完的推送标为完成"""
    broadcasts.close_finished(db)


@job("10 4 * * *", grace=timedelta(hours=20))
def forget_people_who_left(services: Services, db: Session, due_at: datetime) -> None:
    """去掉已注销的人在发送记录里的标识（消息正在发送时注销的）"""
    gone = (Delivery.recipient.is_not(None), Delivery.recipient.not_in(select(Follower.openid)))
    recent = Delivery.created_at > due_at - timedelta(days=3)
    waiting = (*gone, recent, Delivery.state == DeliveryState.WAITING_CONTACT)
    over: dict[str, Any] = {"state": DeliveryState.CANCELLED, "settled_at": due_at}
    db.execute(update(Delivery).where(*waiting).values(**over), execution_options=UNSYNCHRONISED)
    key = literal("erased:").concat(cast(Delivery.id, String))
    empty: dict[str, Any] = {"recipient": None, "payload": {}, "key": key}
    settled = (*gone, recent, Delivery.state.in_(SETTLED))
    db.execute(update(Delivery).where(*settled).values(**empty), execution_options=UNSYNCHRONISED)


@job("30 4 * * *", grace=timedelta(hours=20))
def forget_old_quotas(services: Services, db: Session, due_at: datetime) -> None:
    """清除用过的额度记录"""
    db.execute(delete(Quota).where(Quota.period < f"{due_at - timedelta(days=62):%Y-%m}"))


@job("30 2 * * *", grace=timedelta(hours=20))
def sync_followers(services: Services, db: Session, due_at: datetime) -> None:
    """每天与微信核对关注者名单和标签"""
    if Capability.USERS in services.capabilities:
        follower_sync.start(db, None)
        tags.ask(db)


@job("50 3 * * 0", grace=timedelta(days=3))
def forget_old_runs(services: Services, db: Session, due_at: datetime) -> None:
    """清除一年前的任务记录"""
    db.execute(delete(JobRun).where(JobRun.due_at < due_at - timedelta(days=366)))
