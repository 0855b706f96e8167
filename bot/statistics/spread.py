"""How long it takes: the median and the 90th percentile of working days from 提出 to first contact and to 办结."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.core import paths, workdays
from bot.statistics import case_sets
from bot.statistics.dimensions import DIMENSIONS
from bot.statistics.local_time import local_day
from bot.statistics.period import Period
from models.appeals import Appeal

ORIGIN = date(1990, 1, 1)
Stamp = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Spread:
    """How many cases took how many working days."""

    days: Mapping[int, int]

    @property
    def cases(self) -> int:
        """How many cases there are."""
        return sum(self.days.values())

    @property
    def median(self) -> float | None:
        """The middle one, or half-way between the two in the middle; None without cases."""
        if not self.cases:
            return None
        return (self._days_of_rank((self.cases + 1) // 2) + self._days_of_rank(self.cases // 2 + 1)) / 2

    @property
    def ninetieth(self) -> int | None:
        """The smallest number of days within which nine of ten cases came; None without cases."""
        return self._days_of_rank((9 * self.cases + 9) // 10) if self.cases else None

    def _days_of_rank(self, rank: int) -> int:
        """The days of the case with this rank, the quickest first."""
        seen = 0
        for days in sorted(self.days):
            seen += self.days[days]
            if seen >= rank:
                return days
        raise IndexError(rank)


def to_contact(db: Session, period: Period) -> Spread:
    """Of the cases whose first contact was in the period."""
    return _spread_of_all(db, Appeal.first_contact_at, period)


def to_resolve(db: Session, period: Period) -> Spread:
    """Of the cases whose 办结 in force was in the period."""
    return _spread_of_all(db, Appeal.resolved_at, period)


def to_resolve_by(db: Session, period: Period, dimension: str) -> dict[Any, Spread]:
    """The same for each value of a dimension."""
    return _spreads(db, Appeal.resolved_at, period, DIMENSIONS[dimension].column)


def _spread_of_all(db: Session, end: Any, period: Period) -> Spread:
    return _spreads(db, end, period, None).get(None, Spread({}))


def _spreads(db: Session, end: Any, period: Period, key: Any) -> dict[Any, Spread]:
    """Days are paired and counted in the database; the working days between are counted here, once a pair."""
    start_day, end_day = local_day(Appeal.received_at).label("d1"), local_day(end).label("d2")
    columns: list[Any] = [start_day, end_day, func.count(Appeal.id)]
    grouping = ["d1", "d2"]
    if key is not None:
        columns.append(key.label("key"))
        grouping.append("key")
    query = select(*columns).where(case_sets.COUNTED, period.holds(end)).group_by(*grouping)
    found: dict[Any, Counter[int]] = {}
    stamp = calendar_stamp()
    for first, last, count, *rest in db.execute(query):
        days = working_days(date.fromisoformat(first), date.fromisoformat(last), stamp)
        found.setdefault((rest[0] or None) if rest else None, Counter())[days] += count
    return {value: Spread(days) for value, days in found.items()}


def working_days(start: date, end: date, stamp: Stamp | None = None) -> int:
    """Working days after `start` up to and with `end`; 0 when `end` is not later."""
    days = _workdays_until(max(start, end).year, calendar_stamp() if stamp is None else stamp)
    return max(0, bisect_left(days, end + timedelta(days=1)) - bisect_left(days, start + timedelta(days=1)))


def calendar_stamp() -> Stamp:
    """What the calendars that staff typed in look like now: a new one counts at once."""
    return tuple(sorted((file.name, file.stat().st_mtime_ns) for file in paths.CALENDARS.glob("*.toml")))


@lru_cache(maxsize=16)
def _workdays_until(last_year: int, stamp: Stamp) -> list[date]:
    """All working days until the end of a year."""
    span = (date(last_year, 12, 31) - ORIGIN).days + 1
    return [day for n in range(span) if workdays.is_workday(day := ORIGIN + timedelta(days=n))]
