"""What we have uploaded to WeChat, so that it is uploaded once."""

from __future__ import annotations

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Moment


class Asset(Base):
    """One picture at WeChat: a media id is a cache, the file is ours (lessons row 30)."""

    __tablename__ = "assets"
    __table_args__ = (UniqueConstraint("sha256", "use"),)

    id: Mapped[Id]
    sha256: Mapped[str] = mapped_column(String(64))
    use: Mapped[str] = mapped_column(String(16))  # inline (uploadimg) | cover (permanent thumb)
    url: Mapped[str | None] = mapped_column(String(512))
    media_id: Mapped[str | None] = mapped_column(String(128))
    created_at: Mapped[Moment]
