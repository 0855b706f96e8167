"""The console as people use it: through HTTP with a real database, and in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from playwright.sync_api import Browser

from bot.core import clock
from bot.core.db import connect
from bot.statistics import cached
from tests.console.browser import Browsers
from tests.console.visitor import Console
from tests.support.office import MONDAY, Office
from tests.support.parts import services_for
from tests.support.place import Place


@pytest.fixture(scope="module")
def console(new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """An office with colleagues of every role and the console over it, shared by a test module."""
    engine = connect(new_database())
    yield Console.open(Office(services_for(engine, tmp_path_factory.mktemp("console"))))
    engine.dispose()


@pytest.fixture
def fresh_console(
    new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Console]:
    """The same for one test alone."""
    engine = connect(new_database())
    yield Console.open(Office(services_for(engine, tmp_path_factory.mktemp("console"))))
    engine.dispose()


@pytest.fixture(scope="module")
def browser_console(browser: Browser, place: Place) -> Iterator[Browsers]:
    """Colleagues in real browsers over the running service; a script's error or a refused resource fails the test."""
    browsers = Browsers(place, partial(browser.new_context, locale="zh-CN"))
    browsers.hire()
    yield browsers
    browsers.close()
    assert browsers.errors == []


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow machine changes no page; the test of a page that is not ready takes its own patience."""
    monkeypatch.setattr(cached, "PATIENCE_SECONDS", 60.0)


@pytest.fixture
def monday() -> Iterator[None]:
    """2026-11-23, 10:00 in Shanghai."""
    with clock.frozen(MONDAY):
        yield
