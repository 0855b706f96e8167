"""Who wants no reminders before an application window closes."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Moment, OpenId


class ReminderRefusal(Base):
    """A person who said 退订提醒. Deleted with the person's data, when there is nothing left to remind of."""

    __tablename__ = "reminder_refusals"

    id: Mapped[Id]
    openid: Mapped[OpenId] = mapped_column(unique=True)
    created_at: Mapped[Moment]
