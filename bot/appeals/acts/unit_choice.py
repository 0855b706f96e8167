"""Choosing a unit in an act's form."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.core.refusals import Refused
from models.units import Unit, active_units


def unit_choices(
    db: Session, *, with_kind: bool = False, besides: int | None = None
) -> list[tuple[str, str]]:
    """The units in use, as a list to choose from."""
    units = [unit for unit in active_units(db) if unit.id != besides]
    return [(str(unit.id), f"{unit.name}（{unit.kind}）" if with_kind else unit.name) for unit in units]


def chosen_unit(db: Session, unit_id: int | None, what: str) -> Unit:
    """The unit that was chosen. Raises Refused when there is none."""
    unit = db.get(Unit, unit_id) if unit_id is not None else None
    if unit is None:
        raise Refused(f"请选择{what}。")
    return unit
