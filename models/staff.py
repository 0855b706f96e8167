"""The people who work in the office."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, Choice, Id, Moment
from models.units import Unit


class Role(StrEnum):
    """What somebody is in the office (domain §6). What a role may do is in `bot/staff/rights.py`."""

    CLERK = "clerk"  # 受理员
    DISPATCHER = "dispatcher"  # 派单员
    UNIT = "unit"  # 承办单位
    LEADER = "leader"  # 分管领导
    AUDITOR = "auditor"  # 审计员
    ADMIN = "admin"  # 管理员


class Staff(Base):
    """One colleague. Names are unique, because commands and the audit trail speak of people by name."""

    __tablename__ = "staff"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[Role] = mapped_column(Choice(Role))
    active: Mapped[bool] = mapped_column(default=True)
    password_hash: Mapped[str | None] = mapped_column(String(255))  # argon2; None: cannot sign in yet
    openid: Mapped[str | None] = mapped_column(String(64))  # their own WeChat: previews and alerts
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))  # 承办单位 only
    unit: Mapped[Unit | None] = relationship(lazy="joined")
    created_at: Mapped[Moment]
    # Signing in
    password_changed_at: Mapped[Moment | None]
    session_epoch: Mapped[int] = mapped_column(default=0)  # raised by one, nobody is half-way in any more
    failed_sign_ins: Mapped[int] = mapped_column(default=0)  # from anywhere, since the last right one
    locked_until: Mapped[Moment | None]  # strangers' devices wait so long; what the colleague has used passes
    totp_secret: Mapped[str | None] = mapped_column(String(255))  # sealed with a key of this installation
    totp_last: Mapped[int | None]  # the time step last used: a code counts once
    invite_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    invite_until: Mapped[Moment | None]
    last_seen_at: Mapped[Moment | None]
    # Being on duty (值班): what cannot wait goes to their WeChat and mail
    on_duty: Mapped[bool] = mapped_column(default=False)
    mail: Mapped[str | None] = mapped_column(String(254))
    binding_digest: Mapped[str | None] = mapped_column(
        String(64), unique=True
    )  # the code that binds a WeChat
    binding_until: Mapped[Moment | None]


def find_staff(db: Session, name: str) -> Staff | None:
    """The colleague with this name, or None."""
    return db.scalar(select(Staff).where(Staff.name == name))


class StaffNotice(Base):
    """A line in a colleague's inbox: for one person, for a unit's people, or for everybody of a role."""

    __tablename__ = "staff_notices"
    __table_args__ = (
        Index("ix_staff_notices_unit", "unit_id", "read_at"),
        Index("ix_staff_notices_role", "role", "read_at"),
        Index("ix_staff_notices_staff", "staff_id", "read_at"),
    )

    id: Mapped[Id]
    at: Mapped[Moment]
    kind: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(String(200))  # a case number and what to do; no personal data
    appeal_id: Mapped[int | None] = mapped_column(ForeignKey("appeals.id"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    role: Mapped[str | None] = mapped_column(String(16))
    read_at: Mapped[Moment | None]
    read_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
