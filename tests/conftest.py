"""Real databases for every test that asks for one: SQLite files and a PostgreSQL server from a wheel."""

from __future__ import annotations

import gc
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import Engine, update

from bot.content import files, store
from bot.core import clock, schema
from bot.core.db import connect, transaction
from bot.core.paths import CONTENT
from models.study import Item
from tests.support import postgres as server
from tests.support import shared
from tests.support.place import DISPATCHERS, Place

CHROMIUM = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)
LONG = (
    "tests/crash",
    "tests/soak",
    "tests/console/appeals/test_paths_browser",
    "tests/study",
    "tests/runtime/queue",
    "tests/statistics/test_figures",
)
BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_configure(config: pytest.Config) -> None:
    """The process that was started by hand, not a worker of it, keeps what all share."""
    if not hasattr(config, "workerinput"):
        shared.begin()
    templates = shared.home() / "templates"
    templates.mkdir(exist_ok=True)
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(str(templates))}  # each is compiled once


def pytest_unconfigure(config: pytest.Config) -> None:
    """What all shared goes with it."""
    if not hasattr(config, "workerinput"):
        shared.end()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Browser tests run where a browser is; in CI there has to be one. Soaks only when asked for: `-m soak`."""
    if "soak" not in config.option.markexpr:
        soaks = [item for item in items if item.get_closest_marker("soak")]
        items[:] = [item for item in items if item not in soaks]
        config.hook.pytest_deselected(items=soaks)
    items.sort(key=_is_short)
    for item in items:
        if item.get_closest_marker("browser") and CHROMIUM is None and not os.environ.get("CI"):
            item.add_marker(
                pytest.mark.skip(reason="没有 Chromium：浏览器测试已跳过（apt install chromium）")
            )


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was loaded until here stays to the end: it need not be looked through for rubbish again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)


def _is_short(item: pytest.Item) -> bool:
    """False for the files that take longest and wait most: begun first, nobody waits for them alone at the end."""
    return not item.nodeid.startswith(LONG)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's browser, started once; every test has a context of its own in it."""
    assert CHROMIUM, "CI needs Chromium: apt install chromium"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=BROWSER_FLAGS)
        yield started
        started.close()


def fill(url: str) -> None:
    """Bring an empty database to head and import the shipped content, released by a colleague."""
    engine = connect(url)
    schema.migrate(engine)
    with transaction(engine) as db:
        store.import_content(db, files.load(CONTENT))
        db.execute(update(Item).values(author="小林", reviewer="陈主任", released_at=clock.now()))
    engine.dispose()


@pytest.fixture(scope="session")
def postgres() -> Path:
    """The folder of the run's PostgreSQL server, with a database `filled` to copy from."""

    def start(folder: Path) -> None:
        server.start(folder)
        server.create(folder, "filled")
        fill(server.address(folder, "filled"))

    return shared.made("pg", start)


@pytest.fixture(scope="session")
def filled_sqlite() -> Path:
    """A SQLite file at head with content, to copy from."""
    return shared.made("filled.db", lambda path: fill(f"sqlite:///{path}"))


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def dialect(request: pytest.FixtureRequest) -> str:
    """Every test that uses a database runs on both."""
    return str(request.param)


@pytest.fixture(scope="session")
def dispatcher() -> str:
    """How workers are woken: by default as the database suggests. `tests/support/variants.py` has the others."""
    return "auto"


@pytest.fixture(scope="module")  # not of the session: a folder may have a `dialect` of its own
def new_database(
    dialect: str, dispatcher: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], str]:
    """Makes a fresh database with content and returns its address."""

    def sqlite() -> str:
        path = tmp_path_factory.mktemp("db") / "test.db"
        shutil.copy(request.getfixturevalue("filled_sqlite"), path)
        return f"sqlite:///{path}"

    def postgres() -> str:
        folder: Path = request.getfixturevalue("postgres")
        name = f"t{uuid.uuid4().hex[:12]}"
        DISPATCHERS[name] = dispatcher
        server.create(folder, name, "filled")
        return server.address(folder, name)

    return sqlite if dialect == "sqlite" else postgres


@pytest.fixture
def engine(new_database: Callable[[], str]) -> Iterator[Engine]:
    """A fresh database with content."""
    made = connect(new_database())
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def place(new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The whole service with its simulator, running in this process; shared by a test module."""
    with Place.open(new_database(), tmp_path_factory.mktemp("place")) as opened:
        yield opened
        assert opened.failure_lines() == 0, "a follower saw WeChat's failure line"


@pytest.fixture
def fresh_place(new_database: Callable[[], str], tmp_path: Path) -> Iterator[Place]:
    """The whole service for one test alone."""
    with Place.open(new_database(), tmp_path) as opened:
        yield opened
        assert opened.failure_lines() == 0, "a follower saw WeChat's failure line"
