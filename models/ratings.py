"""Whether answers helped (有用, 没用): one row a rating, without the person who gave it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Boolean, Integer, String, cast, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Id, Moment


class AnswerRating(Base):
    """What somebody said about an answer from a package; the package may have been removed since."""

    __tablename__ = "answer_ratings"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(String(96), index=True)
    useful: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[Moment]


@dataclass(frozen=True)
class RatingCount:
    """How often a package's answers helped, and how often not."""

    slug: str
    useful: int
    useless: int


def rating_counts(db: Session) -> list[RatingCount]:
    """The counts of every package that was rated, those that helped least first."""
    useful = func.sum(cast(AnswerRating.useful, Integer))
    query = select(AnswerRating.slug, useful, func.count()).group_by(AnswerRating.slug)
    counts = [RatingCount(slug, int(good), total - int(good)) for slug, good, total in db.execute(query)]
    return sorted(counts, key=lambda one: (-one.useless, one.useful, one.slug))
