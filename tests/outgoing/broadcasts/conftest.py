"""An office on each database, shared by a test module: every test makes its own broadcasts in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from bot.core.db import connect
from tests.outgoing.broadcasts.office import Office
from tests.support.parts import services_for


@pytest.fixture(scope="module")
def office(new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    engine = connect(new_database())
    opened = Office(services_for(engine, tmp_path_factory.mktemp("office")))
    opened.open()
    yield opened
    opened.services.engine.dispose()
