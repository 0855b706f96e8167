"""What a second person has to confirm before it holds, and who stands in for an absent one."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Choice, Document, Id, Moment
from models.staff import Staff


class ConfirmationState(StrEnum):
    """Where a request stands."""

    WAITING = "waiting"  # for the second person
    CONFIRMED = "confirmed"  # whoever asked may do it once, until `until`
    DONE = "done"
    REFUSED = "refused"  # the second person said no
    WITHDRAWN = "withdrawn"  # whoever asked took it back
    EXPIRED = "expired"  # nobody decided, or nobody did it, in time


class Confirmation(Base):
    """One request to a second person. `before` and `after` hold the facts that change, by the trail's field names."""

    __tablename__ = "confirmations"
    __table_args__ = (
        Index("ix_confirmations_state", "state", "until"),
        Index(  # two colleagues cannot ask for the same at once
            "uq_confirmations_waiting",
            "kind",
            "subject_id",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int]  # of what, says the kind
    what: Mapped[str] = mapped_column(String(200))
    before: Mapped[Document]
    after: Mapped[Document]
    reason: Mapped[str | None] = mapped_column(String(200))
    state: Mapped[ConfirmationState] = mapped_column(Choice(ConfirmationState))
    until: Mapped[Moment]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    asked_at: Mapped[Moment]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decided_for_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # the absent one stood in for
    decided_at: Mapped[Moment | None]
    answer: Mapped[str | None] = mapped_column(String(200))  # why it was refused
    asked_by: Mapped[Staff] = relationship(foreign_keys=[asked_by_id])
    decided_by: Mapped[Staff | None] = relationship(foreign_keys=[decided_by_id])


class StandIn(Base):
    """From the first day to the last, one colleague confirms in place of another who is absent."""

    __tablename__ = "stand_ins"
    __table_args__ = (CheckConstraint("first_day <= last_day", name="days"),)

    id: Mapped[Id]
    absent_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    stand_in_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date] = mapped_column(index=True)
    created_at: Mapped[Moment]
    absent: Mapped[Staff] = relationship(foreign_keys=[absent_id])
    stand_in: Mapped[Staff] = relationship(foreign_keys=[stand_in_id])
