"""Followers' tags, kept in step with WeChat's (platform §8: 100 tags, 20 a person, 50 people a call)."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Document, Id, Moment, OpenId


class Tag(Base):
    """A tag. With a `segment` its members follow the segment; without one staff or WeChat's console chose them."""

    __tablename__ = "tags"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(30), unique=True)
    wechat_id: Mapped[int | None] = mapped_column(unique=True)  # None: not made at WeChat yet
    segment: Mapped[Document]  # {}: hand-made
    synced_at: Mapped[Moment | None]
    reason: Mapped[str | None] = mapped_column(String(255))  # why it is not in step, in Chinese
    created_at: Mapped[Moment]


class Tagging(Base):
    """One person's tag: whether they should have it, and whether WeChat knows."""

    __tablename__ = "taggings"
    __table_args__ = (
        UniqueConstraint("openid", "tag_id"),
        Index("ix_taggings_tag", "tag_id", "wanted", "there"),
    )

    id: Mapped[Id]
    openid: Mapped[OpenId]
    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id"))
    wanted: Mapped[bool]
    there: Mapped[bool]
