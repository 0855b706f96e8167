"""Lines in colleagues' inboxes: for a role, a unit's people, or one person. A line names a case and what to do."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from bot.core import clock
from bot.staff.rights import OFFICERS
from models.appeals import Appeal
from models.staff import Role, Staff, StaffNotice

MOST_WORDS = 200


def tell_role(db: Session, role: Role, kind: str, text: str, case: Appeal | None = None) -> None:
    """For everybody of a role. Of a confidential case only the leader hears."""
    if case is not None and case.confidential and role is not Role.LEADER:
        role = Role.LEADER
    _leave(db, kind, text, case, role=role.value)


def tell_unit(db: Session, case: Appeal, kind: str, text: str, *, unit_id: int | None = None) -> None:
    """For the people of the case's lead unit, or of another one; nobody when it has none."""
    unit = unit_id or case.unit_id
    if unit is not None:
        _leave(db, kind, text, case, unit_id=unit)


def tell_unit_of(db: Session, unit_id: int, kind: str, text: str) -> None:
    """For a unit's people, about more than one case."""
    _leave(db, kind, text, None, unit_id=unit_id)


def tell_staff(db: Session, staff_id: int, kind: str, text: str, case: Appeal | None = None) -> None:
    """For one colleague."""
    _leave(db, kind, text, case, staff_id=staff_id)


def tell_officers(db: Session, kind: str, text: str) -> None:
    """For each of the federation's own people, so that nobody's reading hides it from another."""
    for staff_id in db.scalars(select(Staff.id).where(Staff.active, Staff.role.in_(OFFICERS))):
        _leave(db, kind, text, None, staff_id=staff_id)


def mine(db: Session, staff: Staff, *, unread: bool = False, limit: int = 100) -> list[StaffNotice]:
    """What this colleague can find in the inbox: the unread first, the newest first."""
    query = select(StaffNotice).where(_for(staff))
    if unread:
        query = query.where(StaffNotice.read_at.is_(None))
    order = (StaffNotice.read_at.is_not(None), StaffNotice.id.desc())
    return list(db.scalars(query.order_by(*order).limit(limit)))


def unread(db: Session, staff: Staff) -> int:
    """How many lines nobody has read yet."""
    query = select(func.count()).select_from(StaffNotice)
    return db.scalar(query.where(_for(staff), StaffNotice.read_at.is_(None))) or 0


def mark_read(db: Session, staff: Staff, notice: StaffNotice) -> bool:
    """Mark a line as read, for all whom it was meant for; False when it is not for this colleague."""
    if db.scalar(select(StaffNotice.id).where(StaffNotice.id == notice.id, _for(staff))) is None:
        return False
    if notice.read_at is None:
        notice.read_at, notice.read_by_id = clock.now(), staff.id
    return True


def _for(staff: Staff) -> ColumnElement[bool]:
    own: list[ColumnElement[bool]] = [StaffNotice.staff_id == staff.id, StaffNotice.role == staff.role.value]
    if staff.role is Role.UNIT and staff.unit_id is not None:
        own.append(StaffNotice.unit_id == staff.unit_id)
    return or_(*own)


def _leave(
    db: Session,
    kind: str,
    text: str,
    case: Appeal | None,
    *,
    staff_id: int | None = None,
    unit_id: int | None = None,
    role: str | None = None,
) -> None:
    words = text if len(text) <= MOST_WORDS else f"{text[: MOST_WORDS - 1]}…"
    db.add(
        StaffNotice(
            at=clock.now(),
            kind=kind,
            text=words,
            appeal_id=case.id if case else None,
            staff_id=staff_id,
            unit_id=unit_id,
            role=role,
        )
    )
