"""What arrived from WeChat: one row per message, with the reply that every repeat of it gets."""

from __future__ import annotations

from sqlalchemy import Index, String, Text, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Id, Moment


class Inbound(Base):
    """A message or event and its first reply. The unique key makes its effect happen once (platform §3)."""

    __tablename__ = "inbound"
    __table_args__ = (Index("ix_inbound_openid", "openid"), Index("ix_inbound_received_at", "received_at"))

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(64), unique=True)
    openid: Mapped[str | None] = mapped_column(String(64))  # emptied when the person's data are erased
    kind: Mapped[str] = mapped_column(String(32))
    text: Mapped[str | None] = mapped_column(Text)  # dropped after [privacy] raw_chat_days
    intent: Mapped[str | None] = mapped_column(String(96))
    reply: Mapped[str] = mapped_column(Text, default="")  # plain XML; "" stands for `success`
    incident: Mapped[str | None] = mapped_column(String(16))
    received_at: Mapped[Moment]


_REPLY = select(Inbound.reply).where(Inbound.key == bindparam("key"))


def known_reply(db: Session, key: str) -> str | None:
    """The reply that the first arrival of this message got; None when it is new."""
    return db.scalar(_REPLY, {"key": key})
