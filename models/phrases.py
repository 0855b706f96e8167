"""Words that staff taught the account (domain §7.3: synonyms are data), and texts that nothing understood."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Id, Moment


class Phrase(Base):
    """One phrase in the form in which texts are matched. It means an intent or a policy package, never both."""

    __tablename__ = "phrases"
    __table_args__ = (CheckConstraint("(label IS NULL) <> (slug IS NULL)", name="one_meaning"),)

    id: Mapped[Id]
    phrase: Mapped[str] = mapped_column(String(64), unique=True)
    label: Mapped[str | None] = mapped_column(String(32))  # an intent of domain §7.2
    slug: Mapped[str | None] = mapped_column(String(96))  # a package; it may have been removed since
    weight: Mapped[float]
    note: Mapped[str] = mapped_column(String(200), default="")
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # None: the command line, unnamed
    created_at: Mapped[Moment]


def all_phrases(db: Session) -> list[Phrase]:
    """Every phrase, the newest last."""
    return list(db.scalars(select(Phrase).order_by(Phrase.id)))


def find_phrase(db: Session, phrase: str) -> Phrase | None:
    """The row of this phrase, which is given as it is stored."""
    return db.scalar(select(Phrase).where(Phrase.phrase == phrase))


class Unmatched(Base):
    """A text that nothing understood, or that was answered with the wrong package: kept without its author
    and with numbers blotted out, for staff to turn into phrases."""

    __tablename__ = "unmatched"

    id: Mapped[Id]
    text: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(String(16))  # missed | searched | rejected | useless
    shown: Mapped[str | None] = mapped_column(String(96))  # the package that was rejected
    created_at: Mapped[Moment]
