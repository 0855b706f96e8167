"""Policy packages (惠企政策包), saved ones, and who wants no reminders before a window closes."""

from __future__ import annotations

from sqlalchemy import Boolean, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Document, Id, Moment, OpenId


class Policy(Base):
    """One policy record (domain §8.1); `document` holds its checked front matter."""

    __tablename__ = "policies"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(String(96), unique=True)
    short_name: Mapped[str] = mapped_column(String(64), unique=True)
    category: Mapped[str] = mapped_column(String(16), index=True)
    document: Mapped[Document]
    body: Mapped[str] = mapped_column(Text)
    views: Mapped[int] = mapped_column(default=0)
    edited: Mapped[bool] = mapped_column(Boolean, default=False)  # by staff: an import leaves it alone
    updated_at: Mapped[Moment]


class Favourite(Base):
    """A policy that a person saved (收藏)."""

    __tablename__ = "favourites"
    __table_args__ = (UniqueConstraint("openid", "policy_id"),)

    id: Mapped[Id]
    openid: Mapped[OpenId]
    policy_id: Mapped[int] = mapped_column(ForeignKey("policies.id", ondelete="CASCADE"))
    created_at: Mapped[Moment]


class ReminderRefusal(Base):
    """A person who said 退订提醒. Deleted with the person's data, when there is nothing left to remind of."""

    __tablename__ = "reminder_refusals"

    id: Mapped[Id]
    openid: Mapped[OpenId] = mapped_column(unique=True)
    created_at: Mapped[Moment]
