"""The daily comparison of followers and tags with WeChat's."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.core.actor import Actor
from bot.followers import sync, tags
from bot.runtime.jobs import job
from bot.runtime.services import Services
from bot.wechat.capabilities import Capability


@job("30 2 * * *", grace=timedelta(hours=20))
def sync_followers(services: Services, db: Session, due_at: datetime) -> None:
    """每天与微信核对关注者名单和标签"""
    if Capability.USERS in services.capabilities:
        sync.start(Actor(db, None))
        tags.ask(db)
