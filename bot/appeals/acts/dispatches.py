"""The dispatch in force: whose case it is now, and whether the unit contests it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.appeal_work import Dispatch
from models.appeals import Appeal


def open_dispatch(db: Session, case: Appeal) -> Dispatch | None:
    """The dispatch in force."""
    return db.scalar(select(Dispatch).where(Dispatch.appeal_id == case.id, Dispatch.ended_at.is_(None)))


def is_contested(db: Session, case: Appeal) -> bool:
    """Whether the unit contests the dispatch and nobody has decided."""
    row = open_dispatch(db, case)
    return row is not None and row.contested_at is not None and row.decided_at is None
