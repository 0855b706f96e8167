"""Words that people left for the staff (留言), and what colleagues answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, String, Text, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Id, Moment

UNHANDLED = text("handled_at IS NULL")


class StaffMessage(Base):
    """Words that a person left for the staff. It waits until `handled_at`; until then nothing deletes it."""

    __tablename__ = "staff_messages"
    __table_args__ = (
        Index("ix_staff_messages_waiting", "due_at", sqlite_where=UNHANDLED, postgresql_where=UNHANDLED),
    )

    id: Mapped[Id]
    openid: Mapped[str | None] = mapped_column(
        String(64), index=True
    )  # None: they left, or wished to be erased
    text: Mapped[str] = mapped_column(Text)  # "": erased at the person's own wish; the line stays
    reason: Mapped[str] = mapped_column(String(32))  # asked | self_harm | missed_twice
    created_at: Mapped[Moment]
    due_at: Mapped[Moment | None]  # until when an answer was promised
    alerted_at: Mapped[Moment | None]  # when the officers on duty were told that it waits too long
    taken_at: Mapped[Moment | None]
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    handled_at: Mapped[Moment | None]
    handled_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    outcome: Mapped[str | None] = mapped_column(String(200))  # how it was settled without an answer by WeChat


class MessageAnswer(Base):
    """What a colleague answered, and whether it came to the person: by WeChat, or told by phone."""

    __tablename__ = "message_answers"

    id: Mapped[Id]
    openid: Mapped[str | None] = mapped_column(String(64), index=True)
    message_id: Mapped[int] = mapped_column(
        ForeignKey("staff_messages.id"), index=True
    )  # the newest answered
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[Moment]
    by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("deliveries.id"))
    told_at: Mapped[Moment | None]
    told_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    told_remark: Mapped[str | None] = mapped_column(String(200))


def is_overdue(moment: datetime) -> ColumnElement[bool]:
    """Whether a message waits longer than the reply promised."""
    return StaffMessage.handled_at.is_(None) & (StaffMessage.due_at <= moment)


def waiting_with(db: Session, message: StaffMessage, *, lock: bool = False) -> list[StaffMessage]:
    """This person's messages that nobody has handled, oldest first; of somebody unknown, this one alone."""
    mine = StaffMessage.id == message.id
    if message.openid is not None:
        mine = StaffMessage.openid == message.openid
    query = select(StaffMessage).where(mine, StaffMessage.handled_at.is_(None)).order_by(StaffMessage.id)
    query = query.with_for_update().execution_options(populate_existing=True) if lock else query
    return list(db.scalars(query))
