"""Which occurrences of scheduled jobs have been done, and the last signs of life of each kind of process."""

from __future__ import annotations

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Moment


class JobRun(Base):
    """The claim of one occurrence: its row is written in the transaction that does the work."""

    __tablename__ = "job_runs"
    __table_args__ = (UniqueConstraint("job", "due_at"),)

    id: Mapped[Id]
    job: Mapped[str] = mapped_column(String(96))
    due_at: Mapped[Moment]
    done_at: Mapped[Moment]


class Beat(Base):
    """The last sign of life of a kind of process."""

    __tablename__ = "beats"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(32), unique=True)
    at: Mapped[Moment]
