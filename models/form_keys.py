"""Forms of the console that were sent: each counts once, whatever its sender presses."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Moment


class FormKey(Base):
    """The key of a form that has done something, and what it did."""

    __tablename__ = "form_keys"
    __table_args__ = (Index("ix_form_keys_at", "at"),)

    id: Mapped[Id]
    digest: Mapped[str] = mapped_column(String(64), unique=True)  # of the key, its colleague and its address
    at: Mapped[Moment]
    location: Mapped[str | None] = mapped_column(
        Text
    )  # where the sender was led; None: no page to lead to again
    said: Mapped[list[Any]] = mapped_column(JSON, default=list)  # what the next page said: kind and words
