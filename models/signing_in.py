"""Who is signed in where, which tries went wrong, and the codes for a lost phone."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Moment


class StaffSession(Base):
    """One browser that is signed in. The browser holds the token, the row its digest; without the row it is out."""

    __tablename__ = "staff_sessions"

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    began_at: Mapped[Moment]
    seen_at: Mapped[Moment] = mapped_column(index=True)
    address: Mapped[str | None] = mapped_column(String(64))
    device: Mapped[str] = mapped_column(String(64))  # browser and system, in words


class SignInFailure(Base):
    """Wrong tries for one name from one place. The name need not be anybody's: a stranger learns nothing from it."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (UniqueConstraint("name_digest", "source"),)

    id: Mapped[Id]
    name_digest: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(String(80))  # an address, or a device that this person has used
    count: Mapped[int]
    last_at: Mapped[Moment] = mapped_column(index=True)


class RecoveryCode(Base):
    """A code that stands in for the phone once; the row goes with its use."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("staff_id", "digest"),)

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    digest: Mapped[str] = mapped_column(String(64))
