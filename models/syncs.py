"""Runs of the follower sync (platform §8), resumable at any page."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Choice, Id, Moment


class SyncState(StrEnum):
    """Which part of a run comes next."""

    LISTING = "listing"  # pages of 10,000 openids
    DETAILS = "details"  # since when they follow, and their tags, 100 a call
    DONE = "done"
    FAILED = "failed"  # `reason` says what to do; a new run starts over


class SyncRun(Base):
    """One run: where it stands, so that any process goes on from there."""

    __tablename__ = "sync_runs"

    id: Mapped[Id]
    state: Mapped[SyncState] = mapped_column(Choice(SyncState))
    trusted: Mapped[bool] = mapped_column(default=False)  # somebody has looked: many have really left
    next_openid: Mapped[str] = mapped_column(String(64), default="")
    total: Mapped[int | None]  # followers as WeChat counts them
    seen: Mapped[int] = mapped_column(default=0)
    added: Mapped[int] = mapped_column(default=0)
    gone: Mapped[int] = mapped_column(default=0)  # unfollows that we had not heard of
    detailed: Mapped[int] = mapped_column(default=0)
    cursor: Mapped[int] = mapped_column(default=0)  # details are known up to this follower id
    reason: Mapped[str | None] = mapped_column(String(255))
    leased_until: Mapped[Moment | None]
    started_at: Mapped[Moment]
    updated_at: Mapped[Moment]
    finished_at: Mapped[Moment | None]
