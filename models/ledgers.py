"""Long runs over a ledger."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Document, Id, Moment


class LedgerRun(Base):
    """One export or import of a ledger, which may take a minute: who, why, how far, and the file."""

    __tablename__ = "ledger_runs"
    __table_args__ = (Index("ix_ledger_runs_state", "state", "id"),)

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    kind: Mapped[str] = mapped_column(String(16))  # export import
    state: Mapped[str] = mapped_column(String(16))  # waiting running done failed
    wanted: Mapped[Document]  # filters, whether unmasked
    reason: Mapped[str | None] = mapped_column(String(200))
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    path: Mapped[str | None] = mapped_column(String(255))  # below [storage] path
    problem: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[Moment]
    taken_until: Mapped[Moment | None]  # a crashed run is taken up again after this
    finished_at: Mapped[Moment | None]
