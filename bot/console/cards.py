"""Cards of the dashboard: each a number that leads to its list. A card is one decorated function in any page file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from bot.console.family import Permission, allowed
from models.staff import Staff


@dataclass(frozen=True)
class Card:
    """One number. `tone`: quiet, warn, bad."""

    title: str
    count: int
    link: str
    hint: str = ""
    tone: str = "quiet"


Made = Card | list[Card] | None
_makers: list[tuple[int, Permission, Callable[[Session, Staff], Made]]] = []


def card(
    permission: Permission, order: int = 50
) -> Callable[[Callable[[Session, Staff], Made]], Callable[[Session, Staff], Made]]:
    """Register a function (db, staff) -> Card, several, or None for nothing to show."""

    def register(make: Callable[[Session, Staff], Made]) -> Callable[[Session, Staff], Made]:
        _makers.append((order, permission, make))
        return make

    return register


def cards_for(db: Session, by: Staff) -> list[Card]:
    """The cards of a colleague, in order."""
    found: list[Card] = []
    for _order, permission, make in sorted(_makers, key=lambda one: one[0]):
        if allowed(permission, by):
            made = make(db, by)
            found += made if isinstance(made, list) else [made] if made else []
    return found
