"""What colleagues on duty have to hear at once: one row an alert, one row for each officer and channel."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Choice, Id, Moment


class Alert(Base):
    """Something happened that cannot wait for somebody to open the console."""

    __tablename__ = "alerts"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(128), unique=True)  # said once, whoever notices it
    text: Mapped[str] = mapped_column(String(200))  # what happened; no name, phone or words of a person
    page: Mapped[str] = mapped_column(String(128))  # where to look, below our address
    created_at: Mapped[Moment]


class CallState(StrEnum):
    """Where one call by mail stands; by WeChat its delivery knows."""

    QUEUED = "queued"  # `not_before` may lie in the future, after a try that failed
    SENT = "sent"  # the mail server took it
    FAILED = "failed"  # every try failed: the doctor says so
    UNKNOWN = "unknown"  # may have left before a backup was restored


class AlertCall(Base):
    """One alert to one officer by one channel, once."""

    __tablename__ = "alert_calls"
    __table_args__ = (
        UniqueConstraint("alert_id", "staff_id", "channel"),
        Index("ix_alert_calls_state", "state", "not_before"),
    )

    id: Mapped[Id]
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    channel: Mapped[str] = mapped_column(String(8))  # wechat | mail
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("deliveries.id"))
    state: Mapped[CallState | None] = mapped_column(Choice(CallState))  # mail only
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[Moment]
    leased_until: Mapped[Moment | None]
    settled_at: Mapped[Moment | None]
    detail: Mapped[str | None] = mapped_column(String(200))
