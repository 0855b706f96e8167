"""Where each person stands in their conversation: an open form with its answers, and what was shown last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Index, String, bindparam, exists, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Document, Id, Moment, OpenId
from models.followers import Follower
from models.inbound import Inbound
from models.outgoing import Delivery, DeliveryState


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


@dataclass(frozen=True)
class Met:
    """A person's two rows, locked until the transaction ends; whether anything waits to be shown to them; and the
    reply to this message if it was answered before. A copy that came in while we waited for the rows may not be
    seen here: the message's unique key is what tells in the end."""

    conversation: Conversation
    follower: Follower
    has_waiting: bool
    known_reply: str | None


_WAITING = exists().where(
    Delivery.recipient == Conversation.openid, Delivery.state == DeliveryState.WAITING_CONTACT
)
_REPLY = select(Inbound.reply).where(Inbound.key == bindparam("key")).scalar_subquery()
# Both rows are locked (SQLite has one writer anyway): PostgreSQL reads a locked row anew after it has waited.
_WHO = (
    select(Conversation, Follower, _WAITING, _REPLY)
    .join(Follower, Follower.openid == Conversation.openid)
    .where(Conversation.openid == bindparam("openid"))
    .with_for_update(of=(Conversation, Follower))
)


def met(db: Session, openid: str, key: str) -> Met | None:
    """The rows of a person who has been here before, with what is known of the message `key`. One statement,
    because every message pays for it."""
    row = db.execute(_WHO, {"openid": openid, "key": key}).one_or_none()
    return Met(row[0], row[1], bool(row[2]), row[3]) if row else None
