"""What our tables and calendars can hold: ids and days as people and addresses write them. Pure.

A row's id beyond 63 bits and a day that no office means are no mistake of the program: whoever wrote them is told so.
"""

from __future__ import annotations

from datetime import date, datetime

MOST_ID = 2**63 - 1
FIRST_YEAR, LAST_YEAR = 2000, 2100
DIGITS = len(str(MOST_ID))


def row_id(said: str | None) -> int | None:
    """The id that somebody wrote, None when no row can have it."""
    text = (said or "").strip()
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= DIGITS else 0
    return number if 0 < number <= MOST_ID else None


def day(said: str | None) -> date | None:
    """The day that somebody wrote as 2026-01-05, None when there is none or the office cannot mean it."""
    try:
        read = date.fromisoformat((said or "").strip())
    except ValueError:
        return None
    return read if is_known(read) else None


def moment(said: str | None) -> datetime | None:
    """The same for a day with its hour, on a wall clock."""
    try:
        read = datetime.fromisoformat((said or "").strip())
    except ValueError:
        return None
    return read if is_known(read) else None


def is_known(read: date) -> bool:
    """Whether a day lies in the years that are counted and planned with."""
    return FIRST_YEAR <= read.year <= LAST_YEAR
