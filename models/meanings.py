"""What everyday questions mean, as vectors of a model: one row for each text and model, filled in by a worker."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from sqlalchemy import LargeBinary, String, Text, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Id


class Meaning(Base):
    """A text of the content and its vector: 32-bit floats, little-endian; None until a worker has made it."""

    __tablename__ = "meanings"
    __table_args__ = (UniqueConstraint("digest", "model"),)  # one changed question is one new row

    id: Mapped[Id]
    digest: Mapped[str] = mapped_column(String(64))
    model: Mapped[str] = mapped_column(String(100))
    text: Mapped[str] = mapped_column(Text)
    vector: Mapped[bytes | None] = mapped_column(LargeBinary)


def digest(text: str) -> str:
    """The key of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def vectors_of(db: Session, model: str) -> dict[str, bytes]:
    """Every vector of this model by its text."""
    made = select(Meaning.text, Meaning.vector).where(Meaning.model == model, Meaning.vector.is_not(None))
    return {text: vector for text, vector in db.execute(made) if vector is not None}


def unmade(db: Session, model: str, limit: int) -> Sequence[Meaning]:
    """Texts that wait for their vector, oldest first."""
    waiting = select(Meaning).where(Meaning.model == model, Meaning.vector.is_(None))
    return db.scalars(waiting.order_by(Meaning.id).limit(limit)).all()


def keep_only(db: Session, model: str, texts: Iterable[str]) -> int:
    """Make the rows those of these texts and this model alone; how many were added or taken away."""
    db.execute(delete(Meaning).where(Meaning.model != model))
    wanted = {digest(text): text for text in texts}
    there = set(db.scalars(select(Meaning.digest).where(Meaning.model == model)))
    added = [Meaning(digest=key, model=model, text=wanted[key]) for key in sorted(wanted.keys() - there)]
    db.add_all(added)
    gone = sorted(there - wanted.keys())
    for start in range(0, len(gone), 500):
        part = gone[start : start + 500]
        db.execute(delete(Meaning).where(Meaning.model == model, Meaning.digest.in_(part)))
    return len(added) + len(gone)
