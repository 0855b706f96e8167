"""The time that a statistic speaks about: whole days in Shanghai, both ends with them. Pure."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_

from bot.core import clock
from bot.core.bounds import FIRST_YEAR, LAST_YEAR, day

_MONTH = re.compile(r"(\d{4})-(\d{1,2})")
_QUARTER = re.compile(r"(\d{4})[-年]?[Qq第]?([1-4])(?:季度)?")
_YEAR = re.compile(r"(\d{4})")


@dataclass(frozen=True, order=True)
class Period:
    """From the beginning of `first` to the end of `last`."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        """The first moment."""
        return clock.at(self.first, 0)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return clock.at(self.last + timedelta(days=1), 0)

    @property
    def label(self) -> str:
        """How people call it."""
        first, last = self.first, self.last
        if self == year(first.year):
            return f"{first.year}年"
        if self == month(first.year, first.month):
            return f"{first.year}年{first.month}月"
        if self == quarter(first.year, (first.month + 2) // 3):
            return f"{first.year}年第{(first.month + 2) // 3}季度"
        return f"{first.isoformat()}" if first == last else f"{first.isoformat()} 至 {last.isoformat()}"

    def holds(self, moment: Any) -> ColumnElement[bool]:
        """The condition that a column's moment lies in it."""
        return and_(moment >= self.start, moment < self.end)

    def months(self) -> list[Period]:
        """Its calendar months; the first and the last may be cut."""
        found = []
        at = self.first
        while at <= self.last:
            whole = month(at.year, at.month)
            found.append(Period(max(whole.first, self.first), min(whole.last, self.last)))
            at = whole.last + timedelta(days=1)
        return found

    def until(self, day: date) -> Period:
        """The part of it that has come by this day; its first day at least."""
        return Period(self.first, max(self.first, min(self.last, day)))


def month(year: int, number: int) -> Period:
    """A calendar month."""
    return Period(date(year, number, 1), date(year, number, calendar.monthrange(year, number)[1]))


def quarter(year: int, number: int) -> Period:
    """A calendar quarter, 1 to 4."""
    return Period(month(year, number * 3 - 2).first, month(year, number * 3).last)


def year(number: int) -> Period:
    """A calendar year."""
    return Period(date(number, 1, 1), date(number, 12, 31))


def named(words: str) -> Period | None:
    """2026, 2026-11 or 2026Q3; None for anything else."""
    text = words.strip()
    if match := _MONTH.fullmatch(text):
        return (
            month(*map(int, match.groups()))
            if _is_known_year(match[1]) and 1 <= int(match[2]) <= 12
            else None
        )
    if match := _YEAR.fullmatch(text):
        return year(int(text)) if _is_known_year(text) else None
    if match := _QUARTER.fullmatch(text):
        return quarter(*map(int, match.groups())) if _is_known_year(match[1]) else None
    return None


def between(first: str | None, last: str | None) -> Period | None:
    """The period of two ISO days, in either order; None unless both are days."""
    ends = [one for one in (day(first), day(last)) if one is not None]
    return Period(*sorted(ends)) if len(ends) == 2 else None


def _is_known_year(number: str) -> bool:
    return FIRST_YEAR <= int(number) <= LAST_YEAR
