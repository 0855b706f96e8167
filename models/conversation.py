"""Where each person stands in the talk: an open form with its answers, and what was shown last."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Document, Id, Moment, OpenId


class Conversation(Base):
    """One row per person. It is locked while a message of that person is handled, so that two quick
    messages are taken one after the other."""

    __tablename__ = "conversations"
    __table_args__ = (Index("ix_conversations_expires_at", "expires_at"),)

    id: Mapped[Id]
    openid: Mapped[OpenId] = mapped_column(unique=True)
    form: Mapped[str | None] = mapped_column(String(32))  # the form being filled in, or None
    step: Mapped[str | None] = mapped_column(String(32))
    data: Mapped[Document]  # answers of the open form, or the kept draft
    memory: Mapped[Document]  # what was shown last: a policy, a list, the rest of a long text
    misses: Mapped[int] = mapped_column(default=0)  # messages in a row that nothing understood
    expires_at: Mapped[Moment | None]  # when the form's answers are dropped


def empty() -> dict[str, Any]:
    """The columns of a conversation that has not begun."""
    return {"data": {}, "memory": {}, "misses": 0}


def locked(db: Session, openid: str) -> Conversation:
    """The conversation of an openid, held until the transaction ends (SQLite has one writer anyway)."""
    return db.scalars(select(Conversation).where(Conversation.openid == openid).with_for_update()).one()
