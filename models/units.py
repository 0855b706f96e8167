"""Responsible units (承办单位): departments, streets, chambers that handle cases."""

from __future__ import annotations

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Id, Moment

UNIT_KINDS = ("区级部门", "街道", "商会", "工商联", "其他")


class Unit(Base):
    """One body that a case can be sent to. It is never deleted, only switched off: old cases name it."""

    __tablename__ = "units"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    contact: Mapped[str | None] = mapped_column(String(64))  # 联络人
    phone: Mapped[str | None] = mapped_column(String(32))
    note: Mapped[str] = mapped_column(Text, default="")
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[Moment]


def find_unit(db: Session, name: str) -> Unit | None:
    """The unit with this name, or None."""
    return db.scalar(select(Unit).where(Unit.name == name))


def active_units(db: Session) -> list[Unit]:
    """The units that a case may be sent to, by kind and name."""
    return list(db.scalars(select(Unit).where(Unit.active).order_by(Unit.kind, Unit.name)))
