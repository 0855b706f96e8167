"""Periods, rates, spreads of time, repeated matters and the sentences, by tables and against plain Python."""

from __future__ import annotations

import statistics
from collections import defaultdict
from datetime import date, timedelta

import pytest

from bot.core import clock, workdays
from bot.core.db import reading
from bot.statistics import figures, repeats, spread, visits
from bot.statistics.figures import Figures
from bot.statistics.period import Period, between, month, named, quarter, year
from bot.statistics.rate import Rate
from bot.statistics.sentences import sentences
from bot.statistics.spread import Spread
from tests.statistics.conftest import World
from tests.support.variants import ON_SQLITE

LIVES = 2500


@pytest.mark.parametrize(
    ("numerator", "denominator", "said"),
    [
        (24, 26, "92.3% (24/26)"),
        (0, 0, "—"),
        (0, 5, "0.0% (0/5)"),
        (5, 5, "100.0% (5/5)"),
        (1, 2000, "0.1% (1/2000)"),  # 0.05 %: half up
        (1, 2001, "0.0% (1/2001)"),
        (1, 8, "12.5% (1/8)"),
        (1, 16, "6.3% (1/16)"),  # 6.25 %
        (
            3,
            16,
            "18.8% (3/16)",
        ),  # 18.75 %: a float and banker's rounding would say otherwise for some of these
        (1999, 2000, "100.0% (1999/2000)"),
        (3, 2, "150.0% (3/2)"),
    ],
)
def test_a_rate_as_it_is_printed(numerator: int, denominator: int, said: str) -> None:
    assert str(Rate(numerator, denominator)) == said


@pytest.mark.parametrize(
    ("words", "period", "label"),
    [
        ("2026", year(2026), "2026年"),
        ("2026-2", Period(date(2026, 2, 1), date(2026, 2, 28)), "2026年2月"),
        ("2024-02", Period(date(2024, 2, 1), date(2024, 2, 29)), "2024年2月"),
        ("2026Q4", Period(date(2026, 10, 1), date(2026, 12, 31)), "2026年第4季度"),
        ("2026-13", None, ""),
        ("2026Q5", None, ""),
        ("9999", None, ""),
        ("最近", None, ""),
    ],
)
def test_a_period_by_its_name(words: str, period: Period | None, label: str) -> None:
    assert named(words) == period
    assert period is None or period.label == label


def test_a_period_begins_and_ends_at_midnight_in_shanghai() -> None:
    period = month(2026, 11)
    assert period.start.isoformat() == "2026-10-31T16:00:00+00:00"
    assert period.end.isoformat() == "2026-11-30T16:00:00+00:00"
    assert between("2026-03-05", "2026-03-01") == Period(date(2026, 3, 1), date(2026, 3, 5))
    assert between("2026-03-05", "") is None
    assert between("2026-03-05", "0001-01-01") is None
    assert [part.label for part in Period(date(2025, 12, 20), date(2026, 2, 28)).months()] == [
        "2025-12-20 至 2025-12-31", "2026年1月", "2026年2月",
    ]  # fmt: skip


def test_working_days_are_those_of_the_calendar() -> None:
    for first, last in [
        ("2025-09-30", "2025-10-16"),
        ("2026-02-13", "2026-02-25"),
        ("2026-05-05", "2026-05-05"),
    ]:
        start, end = date.fromisoformat(first), date.fromisoformat(last)
        counted = sum(
            workdays.is_workday(start + timedelta(days=n)) for n in range(1, (end - start).days + 1)
        )
        assert spread.working_days(start, end) == counted
    assert spread.working_days(date(2025, 9, 30), date(2025, 10, 16)) == 7
    assert spread.working_days(date(2026, 5, 8), date(2026, 5, 6)) == 0


@pytest.mark.parametrize("days", [[3], [1, 2], [1, 1, 9], [5, 1, 2, 8], [0] * 9 + [30], list(range(1, 21))])
def test_the_middle_and_the_ninth_of_ten(days: list[int]) -> None:
    found = Spread({day: days.count(day) for day in days})
    assert found.median == statistics.median(days)
    assert found.ninetieth == sorted(days)[-(-9 * len(days) // 10) - 1]


def test_no_case_has_no_middle() -> None:
    assert (Spread({}).median, Spread({}).ninetieth) == (None, None)


@ON_SQLITE  # the statements: tests/console/statistics/test_pages.py
def test_times_to_contact_and_to_resolve(world: World) -> None:
    period = quarter(2026, 2)
    days: dict[str, list[int]] = defaultdict(list)
    for life in world.made:
        for column in ("first_contact_at", "resolved_at"):
            at = life.row[column]
            counted = life.row["state"] not in ("declined", "withdrawn", "merged")
            if at and counted and period.first <= clock.local(at).date() <= period.last:
                start = clock.local(life.row["received_at"]).date()
                days[column].append(spread.working_days(start, clock.local(at).date()))
    with reading(world.engine) as db:
        contact, resolve = spread.to_contact(db, period), spread.to_resolve(db, period)
        by_street = spread.to_resolve_by(db, period, "street")
    assert len(days["resolved_at"]) > 300
    assert contact.median == statistics.median(days["first_contact_at"])
    assert resolve.median == statistics.median(days["resolved_at"])
    assert resolve.cases == len(days["resolved_at"]) == sum(one.cases for one in by_street.values())


@ON_SQLITE  # the statements: tests/console/statistics/test_pages.py
def test_matters_that_come_again_and_again(world: World) -> None:
    period = Period(date(2026, 1, 1), date(2026, 3, 31))
    matters: dict[tuple[str, str], list[date]] = defaultdict(list)
    for life in world.made:
        day = clock.local(life.row["received_at"]).date()
        told = life.row["street"] and life.row["state"] not in ("declined", "withdrawn")
        if told and period.first <= day <= period.last:
            matters[life.row["category"], life.row["street"]].append(day)
    most = {
        matter: max(sum(0 <= (other - day).days < 30 for other in days) for day in days)
        for matter, days in matters.items()
    }
    expected = {matter: count for matter, count in most.items() if count >= 3}
    with reading(world.engine) as db:
        found = repeats.repeats(db, period, limit=1000)
        top = repeats.repeats(db, period, limit=5)
    assert expected
    assert {(one.category, one.street): one.most for one in found} == expected
    assert [one.most for one in top] == sorted(expected.values(), reverse=True)[:5]
    for one in found:
        days = matters[one.category, one.street]
        assert sum(one.busiest.first <= day <= one.busiest.last for day in days) == one.most
        assert (one.busiest.last - one.busiest.first).days < 30


@ON_SQLITE  # the statements: tests/console/statistics/test_pages.py
def test_the_sentences_of_the_year(world: World) -> None:
    period = year(2026)
    with reading(world.engine) as db:
        counts = figures.overall(db, period)
        held = visits.visits(db, period)
        said = sentences(period, counts, held, visits.opinions(db, period), spread.to_resolve(db, period))
    names = {
        life.row["visit_ref"] for life in world.made
        if life.row["channel"] == "走访调研" and clock.local(life.row["received_at"]).year == 2026
    }  # fmt: skip
    assert f"2026年，调研走访{len(names)}次" in said[0]
    assert f"收集诉求{counts['received']}条" in said[0]
    assert f"解决率{counts.rate('solution').percent}（" in said[1]


def test_the_sentences_of_a_year_without_cases_name_no_rate() -> None:
    said = sentences(year(2030), Figures(), [], 0, Spread({}))
    assert "收集诉求0条" in said[0]
    assert "响应率—，解决率—，满意率—" in said[1]
