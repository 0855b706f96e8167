"""The audit trail: who did what to what, never changed, chained by digests (domain §6)."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Document, Id, Moment


class AuditEntry(Base):
    """One act. `digest` covers this row and the digest before it, so that a removed row shows."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_subject", "subject", "subject_id"),)

    id: Mapped[Id]
    at: Mapped[Moment]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # None: the system
    role: Mapped[str | None] = mapped_column(String(32))
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int | None]
    address: Mapped[str | None] = mapped_column(String(64))  # where the request came from
    reason: Mapped[str | None] = mapped_column(String(200))
    detail: Mapped[Document]  # before and after of changed fields, a reason; never openids, phones or texts
    previous: Mapped[str] = mapped_column(String(64), unique=True)  # two cannot follow the same one
    digest: Mapped[str] = mapped_column(String(64), unique=True)
