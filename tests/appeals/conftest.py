"""An office on each database, shared by a test module; a Monday morning for those who ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from bot.core import clock
from bot.core.db import connect
from tests.support.office import MONDAY, Office
from tests.support.parts import services_for


@pytest.fixture(scope="module")
def office(new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Colleagues of every role and three units."""
    engine = connect(new_database())
    opened = Office(services_for(engine, tmp_path_factory.mktemp("office")))
    opened.open()
    yield opened
    opened.services.engine.dispose()


@pytest.fixture
def monday() -> Iterator[None]:
    """2026-11-23, 10:00 in Shanghai."""
    with clock.frozen(MONDAY):
        yield
