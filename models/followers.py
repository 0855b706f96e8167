"""People who follow the account, and how long WeChat lets us write to them."""

from __future__ import annotations

from sqlalchemy import Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Id, Moment, OpenId


class Follower(Base):
    """One openid: whether it follows, where it came from, and its customer-service windows (platform §5.1)."""

    __tablename__ = "followers"
    __table_args__ = (Index("ix_followers_subscribed", "subscribed", "id"),)

    id: Mapped[Id]
    openid: Mapped[OpenId] = mapped_column(unique=True)
    subscribed: Mapped[bool]
    subscribed_at: Mapped[Moment | None]
    unsubscribed_at: Mapped[Moment | None]
    scene: Mapped[str | None] = mapped_column(String(64))  # the parametric QR code that brought the person
    last_seen_at: Mapped[Moment | None]
    message_until: Mapped[Moment | None]  # after a message of theirs: 48 hours
    message_left: Mapped[int] = mapped_column(default=0)
    tap_until: Mapped[Moment | None]  # after a menu tap, a follow or a scan: one minute
    tap_left: Mapped[int] = mapped_column(default=0)
    seen_run: Mapped[int | None]  # the last run of the follower sync that saw this person


def find_follower(db: Session, openid: str) -> Follower | None:
    """The follower with this openid, or None."""
    return db.scalar(select(Follower).where(Follower.openid == openid))


def lock_follower(db: Session, openid: str | None) -> Follower | None:
    """The follower with this openid, read anew and locked until the transaction ends. A transaction that locks rows
    of that person's deliveries too locks this one first: one order, no deadlock."""
    query = select(Follower).where(Follower.openid == openid).with_for_update()
    return db.scalar(query.execution_options(populate_existing=True)) if openid else None
