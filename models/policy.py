"""Policy packages (惠企政策包), saved ones, and the version that tells every process to reload."""

from __future__ import annotations

from sqlalchemy import Boolean, ForeignKey, String, Text, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Document, Id, Moment, OpenId


class Policy(Base):
    """One policy record (domain §8.1); `document` holds its checked front matter."""

    __tablename__ = "policies"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(String(96), unique=True)
    short_name: Mapped[str] = mapped_column(String(64), unique=True)
    category: Mapped[str] = mapped_column(String(16), index=True)
    document: Mapped[Document]
    body: Mapped[str] = mapped_column(Text)
    views: Mapped[int] = mapped_column(default=0)
    edited: Mapped[bool] = mapped_column(Boolean, default=False)  # by staff: an import leaves it alone
    updated_at: Mapped[Moment]


class Favourite(Base):
    """A policy that a person saved (收藏)."""

    __tablename__ = "favourites"
    __table_args__ = (UniqueConstraint("openid", "policy_id"),)

    id: Mapped[Id]
    openid: Mapped[OpenId]
    policy_id: Mapped[int] = mapped_column(ForeignKey("policies.id", ondelete="CASCADE"))
    created_at: Mapped[Moment]


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
