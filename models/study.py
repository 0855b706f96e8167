"""Study series, their items, who subscribed, and which item went out for which week."""

from __future__ import annotations

from sqlalchemy import Boolean, ForeignKey, Select, String, Text, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Document, Id, Moment, OpenId


class Series(Base):
    """A study series with its weekly hour in Shanghai."""

    __tablename__ = "study_series"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[str] = mapped_column(String(64))
    description: Mapped[str] = mapped_column(Text)
    weekday: Mapped[int]  # 1 Monday … 7 Sunday
    hour: Mapped[int]
    minute: Mapped[int]
    enabled: Mapped[bool] = mapped_column(Boolean, default=True)
    position: Mapped[int]
    edited: Mapped[bool] = mapped_column(Boolean, default=False)


class Item(Base):
    """One study item; items go out in the order of their position."""

    __tablename__ = "study_items"
    __table_args__ = (UniqueConstraint("series_id", "position"),)

    id: Mapped[Id]
    series_id: Mapped[int] = mapped_column(ForeignKey("study_series.id"))
    slug: Mapped[str] = mapped_column(String(96), unique=True)
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(128))
    digest: Mapped[str] = mapped_column(Text)
    document: Mapped[Document]  # date, source, grade as checked
    body: Mapped[str] = mapped_column(Text)
    edited: Mapped[bool] = mapped_column(Boolean, default=False)
    # Who wrote it, and who let it out after a look (platform §14, item 3.27); any change of its text takes it back.
    author: Mapped[str | None] = mapped_column(String(32))
    reviewer: Mapped[str | None] = mapped_column(String(64))
    released_at: Mapped[Moment | None]


class Subscription(Base):
    """That a person has subscribed to a series."""

    __tablename__ = "study_subscriptions"
    __table_args__ = (UniqueConstraint("series_id", "openid"),)

    id: Mapped[Id]
    series_id: Mapped[int] = mapped_column(ForeignKey("study_series.id"))
    openid: Mapped[OpenId] = mapped_column(index=True)
    created_at: Mapped[Moment]


class Issue(Base):
    """The item that a series sent for one week's occurrence."""

    __tablename__ = "study_issues"
    __table_args__ = (UniqueConstraint("series_id", "due_at"), UniqueConstraint("series_id", "item_id"))

    id: Mapped[Id]
    series_id: Mapped[int] = mapped_column(ForeignKey("study_series.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("study_items.id"))
    due_at: Mapped[Moment]
    created_at: Mapped[Moment]


def enabled_series(db: Session) -> list[Series]:
    """The series that are sent, in the order in which they are shown."""
    return list(db.scalars(select(Series).where(Series.enabled).order_by(Series.position)))


def subscribed_series(db: Session, openid: str) -> list[Series]:
    """The series that a person takes."""
    query = select(Series).join(Subscription, Subscription.series_id == Series.id)
    return list(db.scalars(query.where(Subscription.openid == openid).order_by(Series.position)))


def next_item(db: Session, series_id: int) -> Item | None:
    """The first item of a series that a colleague has released and that has not been sent yet."""
    query = unsent(series_id).where(Item.released_at.is_not(None)).order_by(Item.position)
    return db.scalars(query.limit(1)).first()


def unreleased(db: Session, series_id: int) -> int:
    """How many items of a series could be sent once somebody has released them."""
    held = unsent(series_id).where(Item.released_at.is_(None))
    return db.scalar(select(func.count()).select_from(held.subquery())) or 0


def unsent(series_id: int) -> Select[Item]:
    """The items of a series that have not been sent yet."""
    sent = select(Issue.item_id).where(Issue.series_id == series_id)
    return select(Item).where(Item.series_id == series_id, Item.id.not_in(sent))


def find_item(db: Session, slug: str) -> Item | None:
    """The item with this slug."""
    return db.scalar(select(Item).where(Item.slug == slug))


def find_series(db: Session, slug: str) -> Series | None:
    """The series with this slug."""
    return db.scalar(select(Series).where(Series.slug == slug))


def issued(db: Session, series_id: int) -> list[Item]:
    """The items already sent, newest first."""
    query = select(Item).join(Issue, Issue.item_id == Item.id).where(Issue.series_id == series_id)
    return list(db.scalars(query.order_by(Issue.due_at.desc())))


def first_items(db: Session, series_id: int, limit: int = 1) -> list[Item]:
    """The first items of a series, in the order in which they are sent."""
    query = select(Item).where(Item.series_id == series_id).order_by(Item.position).limit(limit)
    return list(db.scalars(query))
