"""Every number of domain §5 over 2,000 cases, against the same worked out case by case, on both databases."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.core import clock
from bot.core.db import reading
from bot.statistics import case_sets, figures
from bot.statistics.dimensions import DIMENSIONS
from bot.statistics.period import Period, month, quarter, year
from models.appeals import Appeal
from tests.statistics.by_hand import pencil
from tests.statistics.conftest import World

LIVES = 2000

PERIODS = {
    "month": month(2026, 3),
    "quarter": quarter(2026, 1),
    "year": year(2026),
    "day": Period(date(2026, 5, 6), date(2026, 5, 6)),
    "any": Period(date(2025, 12, 15), date(2026, 2, 10)),
    "still running": month(2026, 12),
    "before everything": month(2024, 1),
    "all": Period(date(2025, 1, 1), date(2027, 12, 31)),
}


def plain(counts: Any) -> dict[str, int]:
    return {name: number for name, number in counts.items() if number}


@pytest.mark.parametrize("name", PERIODS)
def test_the_numbers_of_a_period_are_those_of_the_pencil(world: World, name: str) -> None:
    period = PERIODS[name]
    with reading(world.engine) as db:
        found = figures.overall(db, period)
    assert plain(found.counts) == pencil(world.made, period.first, period.last).get(None, {})


def test_every_kind_of_case_is_among_them(world: World) -> None:
    """Else the comparison would prove nothing."""
    with reading(world.engine) as db:
        found = figures.overall(db, PERIODS["year"])
    for name in case_sets.COUNTS:
        assert found[name] >= 5, name


@pytest.mark.parametrize("dimension", DIMENSIONS)
@pytest.mark.parametrize("name", ["quarter", "still running"])
def test_the_numbers_by_each_dimension(world: World, name: str, dimension: str) -> None:
    period = PERIODS[name]
    with reading(world.engine) as db:
        found = figures.by_dimension(db, period, dimension)
    expected = pencil(world.made, period.first, period.last, DIMENSIONS[dimension].column.key)
    assert {value: plain(one.counts) for value, one in found.items()} == expected


def test_the_numbers_month_by_month(world: World) -> None:
    period = Period(date(2025, 12, 15), date(2026, 5, 4))
    with reading(world.engine) as db:
        found = figures.by_month(db, period)
    assert list(found) == period.months()
    for one, counts in found.items():
        expected = pencil(world.made, one.first, one.last).get(None, {})
        stands = plain(
            {**counts.counts, "completed": expected.get("completed", 0)}
        )  # at the whole period's end
        assert stands == expected, one.label


@pytest.mark.parametrize("name", ["quarter", "still running", "any"])
def test_a_number_is_as_many_as_the_cases_behind_it(world: World, name: str) -> None:
    period = PERIODS[name]
    with reading(world.engine) as db:
        found = figures.overall(db, period)
        for count in case_sets.COUNTS.keys() - case_sets.SENT.keys():
            cases = case_sets.cases_of(count, "", period).subquery()
            assert db.scalar(select(func.count()).select_from(cases)) == found[count], count


@pytest.mark.parametrize("dimension", ["unit", "street", "size"])
def test_a_number_of_a_breakdown_too(world: World, dimension: str) -> None:
    period = PERIODS["quarter"]
    with reading(world.engine) as db:
        found = figures.by_dimension(db, period, dimension)
        for value, one in found.items():
            for count in ("received", "late", "solved", "open", "resolved"):
                said = "" if value is None else str(value)
                query = case_sets.cases_of(count, "", period, dimension, said)
                assert db.scalar(select(func.count()).select_from(query.subquery())) == one[count]


def test_dispatches_are_listed_by_the_unit_that_they_were_sent_to(world: World) -> None:
    period = PERIODS["year"]
    upheld: dict[int, set[int]] = {}
    for life in world.made:
        for sent in life.dispatches:
            inside = period.first <= clock.local(sent["at"]).date() <= period.last
            if inside and sent["contest_upheld"] and life.row["state"] not in case_sets.OUT:
                upheld.setdefault(sent["unit_id"], set()).add(life.row["id"])
    assert upheld
    with reading(world.engine) as db:
        for unit, expected in upheld.items():
            which = case_sets.condition("contest", "numerator", period, "unit", str(unit))
            assert which is not None
            assert set(db.scalars(select(Appeal.id).where(which))) == expected


def test_there_is_no_set_without_its_name() -> None:
    period = PERIODS["month"]
    assert case_sets.condition("nonsense", "", period) is None
    assert case_sets.condition("response", "both", period) is None
    assert case_sets.condition("response", "numerator", period, "phone", "138") is None
    assert set(case_sets.titles()) == {
        *case_sets.COUNTS,
        *(f"{k}.{p}" for k in case_sets.RATES for p in case_sets.PARTS),
    }
