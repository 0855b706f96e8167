"""Who has agreed to which subscription notice (platform §2.4, §7.2)."""

from __future__ import annotations

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Moment, OpenId


class NoticeConsent(Base):
    """How many notices of a template a person has agreed to and not yet got. Deleted with the person's data."""

    __tablename__ = "notice_consents"
    __table_args__ = (UniqueConstraint("openid", "template_id"),)

    id: Mapped[Id]
    openid: Mapped[OpenId]
    template_id: Mapped[str] = mapped_column(String(64))
    left: Mapped[int]
    updated_at: Mapped[Moment]
