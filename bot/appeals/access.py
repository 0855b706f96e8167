"""Which rights a person has, and whose unit has a part in a case (domain §6)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.staff.rights import RIGHTS, Right
from models.appeal_work import Support
from models.appeals import Appeal
from models.staff import Role, Staff


def has(by: Staff | None, right: Right) -> bool:
    """Whether this person may; the system may everything."""
    return by is None or (by.active and right in RIGHTS[by.role])


def leads(case: Appeal, by: Staff) -> bool:
    """Whether this person belongs to the case's lead unit."""
    return by.role is Role.UNIT and by.unit_id is not None and by.unit_id == case.unit_id


def supports(db: Session, case: Appeal, by: Staff) -> bool:
    """Whether this person belongs to one of the case's supporting units."""
    if by.role is not Role.UNIT or by.unit_id is None:
        return False
    query = select(Support.id).where(Support.appeal_id == case.id, Support.unit_id == by.unit_id)
    return db.scalar(query) is not None
