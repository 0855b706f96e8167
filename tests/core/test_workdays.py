"""Working days: the vectors of domain §3.2, where two independent calendars agree."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from bot.core import clock, workdays

VECTORS = [
    ("2025-09-30", 1, "2025-10-09"),
    ("2025-09-26", 2, "2025-09-29"),
    ("2025-09-30", 7, "2025-10-16"),
    ("2026-02-13", 1, "2026-02-14"),
    ("2026-02-13", 3, "2026-02-25"),
    ("2026-02-20", 1, "2026-02-24"),
    ("2026-02-27", 2, "2026-03-02"),
    ("2026-04-30", 3, "2026-05-08"),
    ("2026-09-18", 2, "2026-09-21"),
    ("2026-09-24", 3, "2026-09-30"),
    ("2026-09-30", 7, "2026-10-15"),
    ("2026-11-23", 15, "2026-12-14"),
]


@pytest.mark.parametrize(("start", "count", "due"), VECTORS)
def test_working_days_are_counted_as_the_office_counts_them(start: str, count: int, due: str) -> None:
    assert workdays.after_workdays(date.fromisoformat(start), count) == date.fromisoformat(due)


def test_a_promise_ends_at_the_close_of_business_in_shanghai() -> None:
    late_evening = datetime.fromisoformat("2026-11-23T23:50:00+08:00")
    promise = workdays.deadline(late_evening, 1)
    assert clock.local(promise.at).isoformat() == "2026-11-24T17:30:00+08:00"
    assert not promise.estimated


@pytest.mark.parametrize(
    "festival", ["2027-01-01", "2027-02-06", "2027-05-01", "2027-10-01", "2028-01-26", "2030-10-02"]
)
def test_festivals_of_a_year_without_a_notice_are_no_working_days(festival: str) -> None:
    day = date.fromisoformat(festival)
    assert not workdays.is_workday(day)
    assert workdays.is_estimated(day)


def test_a_promise_that_reaches_into_such_a_year_says_that_it_is_estimated() -> None:
    promise = workdays.deadline(datetime.fromisoformat("2026-12-30T10:00:00+08:00"), 3)
    assert clock.local(promise.at).date() == date(2027, 1, 5)
    assert promise.estimated
