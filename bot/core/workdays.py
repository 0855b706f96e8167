"""Working days in China with statutory rest days and make-up days (domain §3.2).

Years whose rest days the State Council has not announced yet are computed with plain weekends and the festivals
that the regulation fixes, and are marked as estimated (暂估). A file content/calendar/<year>.toml overrides both; what
of it cannot be used counts as not announced.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import chinese_calendar

from bot.core import clock
from bot.core.calendar_files import Calendar, read_calendar
from bot.core.hand_edited import Complaint
from bot.core.logs import get_logger
from bot.core.paths import CALENDARS

log = get_logger(__name__)

# 全国年节及纪念日放假办法 (2024 revision): days off that do not depend on the moon.
FIXED_FESTIVALS = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
# Spring Festival from New Year's Eve on (4 days), Qingming, Dragon Boat, Mid-Autumn by the lunar calendar.
LUNAR_FESTIVALS = {
    2027: ("2027-02-05", "2027-02-06", "2027-02-07", "2027-02-08", "2027-04-05", "2027-06-09", "2027-09-15"),
    2028: ("2028-01-25", "2028-01-26", "2028-01-27", "2028-01-28", "2028-04-04", "2028-05-28", "2028-10-03"),
}
KNOWN_UNTIL = max(day.year for day in chinese_calendar.holidays)


@dataclass(frozen=True)
class Deadline:
    """A promised moment; `estimated` when a day on the way belongs to a year that is not announced yet."""

    at: datetime
    estimated: bool


def is_workday(day: date) -> bool:
    """Whether offices work on this day."""
    typed = _typed(day.year)
    if typed is None:
        return _is_workday_without_file(day)
    if day in typed.work or day in typed.rest:
        return day in typed.work
    return day.weekday() < 5 if typed.whole else _is_workday_without_file(day)


def _is_workday_without_file(day: date) -> bool:
    if 2004 <= day.year <= KNOWN_UNTIL:
        # As the package does it, which first looks for its earliest and latest day among thousands, each time.
        return day in chinese_calendar.workdays or (
            day.weekday() < 5 and day not in chinese_calendar.holidays
        )
    return is_assumed_workday(day)


def is_assumed_workday(day: date) -> bool:
    """The same as long as the year is not announced: plain weekends and the festivals of the regulation."""
    festival = (day.month, day.day) in FIXED_FESTIVALS or day.isoformat() in LUNAR_FESTIVALS.get(day.year, ())
    return day.weekday() < 5 and not festival


def is_estimated(day: date) -> bool:
    """Whether the calendar of this day's year is computed, not announced."""
    typed = _typed(day.year)
    return not (2004 <= day.year <= KNOWN_UNTIL or (typed is not None and typed.whole))


def between(start: date, end: date) -> int:
    """Working days after `start` up to and with `end`; 0 when `end` is not later."""
    if end <= start:
        return 0
    years = (_workdays_of(year, _file_stamp(year)) for year in range(start.year, end.year + 1))
    return sum(bisect_right(days, end) - bisect_right(days, start) for days in years)


@lru_cache(maxsize=64)
def _workdays_of(year: int, _stamp: int | None) -> tuple[date, ...]:
    """A year's working days, as long as what is announced stays the same."""
    first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    return tuple(filter(is_workday, map(date.fromordinal, range(first, last + 1))))


def next_workday(day: date) -> date:
    """`day` itself when it is a working day, else the next one."""
    while not is_workday(day):
        day += timedelta(days=1)
    return day


def after_workdays(start: date, count: int) -> date:
    """The `count`-th working day after `start`; the starting day does not count (Civil Code Art. 201)."""
    day = start
    for _ in range(count):
        day = next_workday(day + timedelta(days=1))
    return day


def deadline(start: datetime, count: int, close: tuple[int, int] = (17, 30)) -> Deadline:
    """When `count` working days after the moment `start` end: the close of business in Shanghai (Art. 203)."""
    first = clock.local(start).date()
    day = after_workdays(first, count)
    return Deadline(clock.at(day, *close), is_estimated(first) or is_estimated(day))


def complaints(year: int) -> tuple[Complaint, ...]:
    """What cannot be used of the year's file, by line."""
    typed = _typed(year)
    return typed.complaints if typed else ()


def _typed(year: int) -> Calendar | None:
    """Rest days and make-up working days that staff typed in for a year, or None. A new file counts at once."""
    stamp = _file_stamp(year)
    return _read_typed(CALENDARS / f"{year}.toml", stamp) if stamp is not None else None


def _file_stamp(year: int) -> int | None:
    """When the year's file was written; None without one."""
    try:
        return os.stat(CALENDARS / f"{year}.toml").st_mtime_ns
    except OSError:
        return None


@lru_cache
def _read_typed(path: Path, stamp: int) -> Calendar:
    found = read_calendar(path)
    if found.complaints:
        log.warning("calendar_mistakes", year=path.stem, mistakes=len(found.complaints), whole=found.whole)
    return found
