"""What the numbers are broken down by (domain §5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.core import bounds
from models.appeals import Appeal
from models.units import Unit

EMPTY = "（未填写）"
NO_UNIT = "（未派单）"


@dataclass(frozen=True)
class Dimension:
    """A column of the ledger. A unit's value is its id, as its name may change."""

    title: str
    column: InstrumentedAttribute[Any]

    @property
    def is_id(self) -> bool:
        """Whether the value is a row's id."""
        return self.column is Appeal.unit_id


DIMENSIONS: dict[str, Dimension] = {
    "type": Dimension("诉求类型", Appeal.type),
    "category": Dimension("问题类别", Appeal.category),
    "unit": Dimension("承办单位", Appeal.unit_id),
    "street": Dimension("街道", Appeal.street),
    "chamber": Dimension("商会", Appeal.chamber),
    "industry": Dimension("行业", Appeal.industry),
    "size": Dimension("规模", Appeal.size),
    "channel": Dimension("来源渠道", Appeal.channel),
}


def is_value(dimension: str, value: str | None) -> ColumnElement[bool]:
    """The condition that a case has this value; an empty value means that it is not filled in."""
    found = DIMENSIONS[dimension]
    if found.is_id:
        return found.column == row_id(value) if value else found.column.is_(None)
    return found.column == value if value else or_(found.column.is_(None), found.column == "")


def row_id(value: str | None) -> int:
    """The id that an address names; -1, which no row has, for anything else."""
    return bounds.row_id(value) or -1


def names(db: Session, dimension: str) -> dict[Any, str]:
    """What the ids of a dimension are called; empty when its values are words already."""
    if not DIMENSIONS[dimension].is_id:
        return {}
    return {row.id: row.name for row in db.execute(select(Unit.id, Unit.name))}


def title_of(dimension: str, value: Any, named: dict[Any, str]) -> str:
    """A value for people."""
    if value is None:
        return NO_UNIT if DIMENSIONS[dimension].is_id else EMPTY
    return named.get(value, str(value))
