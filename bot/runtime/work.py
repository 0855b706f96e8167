"""The kinds of work that workers do. Each room declares its own as `KINDS` in its `work.py`; they are found by looking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam, literal_column, or_
from sqlalchemy.orm import InstrumentedAttribute

from bot.core.config import Config
from bot.core.found import modules_called
from bot.runtime.services import Services
from models.base import UTCDateTime

MOMENT = bindparam("moment", type_=UTCDateTime())


@dataclass(frozen=True)
class WorkKind:
    """One kind of work. `round` does some of it and returns how much, 0 when there is nothing to do now.

    `due` is one cheap question, asked before a worker is called, with the bind parameter `moment`. It is never false
    while a round would find something; it may be true while a round finds nothing (quiet hours, a used allowance).
    What lies in the future is found by a later look.
    """

    name: str
    round: Callable[[Services], int]
    due: ColumnElement[bool]
    threads: Callable[[Config], int] = lambda config: 1


@cache
def kinds() -> tuple[WorkKind, ...]:
    """Every kind of work of every room."""
    return tuple(kind for module in modules_called("work") for kind in getattr(module, "KINDS", ()))


def is_in(column: InstrumentedAttribute[Any], *values: StrEnum) -> ColumnElement[bool]:
    """Whether a state is one of these, which stand in the statement as they are: a prepared statement that could mean
    any state is planned as a walk through the table, and a million sent rows are read in vain (38 ms for 200,000
    instead of 0.2 ms)."""
    return column.in_([literal_column(f"'{value}'") for value in values])


def is_free(lease: InstrumentedAttribute[datetime | None]) -> ColumnElement[bool]:
    """Whether this lease was never taken or has run out."""
    return or_(lease.is_(None), lease <= MOMENT)
