"""Thousands of cases on each database for the tests of numbers, as many as a file's LIVES says; the clock stands after the
last of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache

import pytest
from sqlalchemy import Engine

from bot.core import clock
from bot.core.db import connect
from tests.statistics.many import Life, add_units, lives, write

NOW = datetime.fromisoformat("2026-12-31T16:00:00+08:00")
START = datetime.fromisoformat("2025-09-01T00:00:00+08:00")
END = datetime.fromisoformat("2026-11-20T00:00:00+08:00")


@cache
def _lives(count: int, units: tuple[int, ...]) -> list[Life]:
    return lives(count, 7, START, END, list(units))


class World:
    """A database and the lives in it."""

    def __init__(self, engine: Engine, count: int) -> None:
        self.engine = engine
        with clock.frozen(START):
            units = add_units(engine)
        self.made = _lives(count, tuple(units))
        write(engine, self.made)


@pytest.fixture(scope="module")
def world(request: pytest.FixtureRequest, new_database: Callable[[], str]) -> Iterator[World]:
    """Nobody writes into it."""
    engine = connect(new_database())
    yield World(engine, request.module.LIVES)
    engine.dispose()


@pytest.fixture(autouse=True)
def new_years_eve() -> Iterator[None]:
    """2026-12-31, 16:00 in Shanghai."""
    with clock.frozen(NOW):
        yield
