"""One database for all of these tests, emptied before each; an office on it, also one that hears events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.app import build_services
from bot.core import clock
from bot.core.config import load
from bot.core.db import transaction
from bot.runtime.services import Services
from models.base import Base
from tests.followers.office import Office, opened
from tests.support.place import write_config

CONTENT = ("study_series", "study_items", "policies", "content_version", "serials")


@pytest.fixture(scope="module")
def kept_services(
    new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    """A new database and newly read content for each test would be most of the time that these tests take."""
    path = write_config(tmp_path_factory.mktemp("kept"), new_database(), 9)
    services = build_services(load(path, environ={}))
    yield services
    services.engine.dispose()


@pytest.fixture
def engine(kept_services: Services) -> Engine:
    """A database with content and nobody in it."""
    with transaction(kept_services.engine) as db:
        for table in reversed(Base.metadata.sorted_tables):
            if table.name not in CONTENT:
                db.execute(table.delete())
    return kept_services.engine


@pytest.fixture
def services(engine: Engine, kept_services: Services) -> Services:
    """The services on the emptied database; WeChat's address leads nowhere."""
    return kept_services


@pytest.fixture
def office(services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setenv(clock.CLOCK_FILE, str(tmp_path / "clock.json"))
    with opened(services, tmp_path) as office:
        yield office


@pytest.fixture
def open_office(services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setenv(clock.CLOCK_FILE, str(tmp_path / "clock.json"))
    with opened(services, tmp_path, web=True) as office:
        yield office
