"""How an appellant can be reached, as this colleague may see it (domain §6, PIPL Art. 23)."""

from __future__ import annotations

from dataclasses import dataclass

from bot.appeals.access import leads
from bot.appeals.states import OPEN
from bot.core.masking import masked_name, masked_phone
from models.appeals import Appeal
from models.staff import Role, Staff


@dataclass(frozen=True)
class Contact:
    """Name and phone; `masked` when they are not whole."""

    name: str
    phone: str
    masked: bool


def contact_for(case: Appeal, by: Staff | None) -> Contact | None:
    """The office sees masks; the whole is a logged act of its own. The lead unit sees the whole while it handles the
    case, if the appellant agreed; else nobody of a unit sees anything: the federation relays."""
    if by is not None and by.role is not Role.UNIT:
        return _masked(case)
    if by is None or case.anonymous or not case.share_contact or not leads(case, by):
        return None
    if case.state not in OPEN:
        return _masked(case)
    return Contact(case.contact or "", case.phone or "", masked=False)


def listed_contact(case: Appeal, by: Staff | None) -> Contact | None:
    """The same for a list, where nobody sees it whole."""
    known = contact_for(case, by)
    return _masked(case) if known is not None else None


def may_have_phones(case: Appeal, by: Staff | None) -> bool:
    """Whether numbers in the case's texts are shown whole: to those who see the contact itself whole."""
    known = contact_for(case, by)
    return known is not None and not known.masked


def _masked(case: Appeal) -> Contact | None:
    if not case.contact and not case.phone:
        return None
    return Contact(masked_name(case.contact), masked_phone(case.phone), masked=True)
