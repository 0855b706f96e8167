"""What the queue promises: on PostgreSQL only, because SQLite has none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.runtime.services import Services
from tests.runtime.queue.town import Town
from tests.support.parts import services_for


@pytest.fixture(scope="session")
def dialect() -> str:
    """The only database with a queue."""
    return "postgres"


@pytest.fixture
def services(engine: Engine, tmp_path: Path) -> Services:
    """Single parts without a web server; WeChat leads nowhere."""
    return services_for(engine, tmp_path)


@pytest.fixture
def town(new_database: Callable[[], str], tmp_path: Path) -> Iterator[Town]:
    """A simulator and a database, and real processes of the service as a test starts them."""
    with Town.open(new_database(), tmp_path) as opened:
        yield opened
