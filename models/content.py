"""The version of the content, which tells every process to reload."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Mapped, Session

from models.base import Base, Id


class ContentVersion(Base):
    """One row, counted up with every change of content."""

    __tablename__ = "content_version"

    id: Mapped[Id]
    version: Mapped[int]


def content_version(db: Session) -> int:
    """The present version of the content; 0 before the first import."""
    return db.scalar(select(ContentVersion.version).where(ContentVersion.id == 1)) or 0


def content_changed(db: Session) -> None:
    """Tell every process to reload its library."""
    changed = db.execute(
        update(ContentVersion).where(ContentVersion.id == 1).values(version=ContentVersion.version + 1)
    )
    if changed.rowcount == 0:  # type: ignore[attr-defined]
        db.add(ContentVersion(id=1, version=1))
