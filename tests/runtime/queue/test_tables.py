"""The queue's tables: made by our migrations, kept up with the package, and not missed where it is not installed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import psycopg
import pytest
from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, Engine, text

from bot.commands.serving import run
from bot.core import schema
from bot.core.db import connect
from bot.runtime import queue_calls
from bot.runtime.services import Services
from bot.runtime.web import NotReady
from models.migrations import queue_tables
from tests.support.parts import services_for

COMMENT = "SELECT obj_description('procrastinate_jobs'::regclass, 'pg_class')"
OBJECTS = """
SELECT proname FROM pg_proc WHERE proname LIKE 'procrastinate_%%' UNION
SELECT indexname FROM pg_indexes WHERE indexname LIKE '%%procrastinate_%%' UNION
SELECT tgname FROM pg_trigger WHERE tgname LIKE 'procrastinate_%%' UNION
SELECT enumlabel FROM pg_enum UNION
SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_name LIKE 'procrastinate_%%'
"""


@pytest.fixture
def empty(new_database: Callable[[], str]) -> Iterator[Engine]:
    """A PostgreSQL database without anything in it."""
    engine = connect(new_database())
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    yield engine
    engine.dispose()


@pytest.fixture
def without_package(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine where Procrastinate is not installed; undone by the test."""
    known = metadata.version

    def version(name: str) -> str:
        if name == "procrastinate":
            raise metadata.PackageNotFoundError(name)
        return known(name)

    monkeypatch.setattr(metadata, "version", version)
    monkeypatch.setitem(sys.modules, "procrastinate", None)
    return monkeypatch


def one(engine: Engine, sql: str) -> Any:
    with engine.connect() as connection:
        return connection.scalar(text(sql))


def objects(connection: Connection) -> set[str]:
    return {str(row[0]) for row in connection.exec_driver_sql(OBJECTS)}


def test_the_migrations_make_them_and_note_the_version(empty: Engine) -> None:
    schema.migrate(empty)
    assert schema.status(empty).ready
    assert one(empty, COMMENT) == f"procrastinate {metadata.version('procrastinate')}"
    schema.migrate(empty)
    assert schema.status(empty).ready


def test_a_package_that_is_installed_later_gets_its_tables(
    empty: Engine, without_package: pytest.MonkeyPatch
) -> None:
    schema.migrate(empty)
    assert schema.status(empty).ready
    assert one(empty, "SELECT to_regclass('procrastinate_jobs')") is None
    without_package.undo()
    behind = schema.status(empty)
    assert (behind.current, behind.ready) == (behind.head, False)
    schema.migrate(empty)
    assert schema.status(empty).ready
    assert one(empty, COMMENT)


def test_without_the_package_the_start_says_what_to_install_and_polling_does_without(
    empty: Engine, without_package: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    schema.migrate(empty)
    queue, local = (
        services_for(empty, tmp_path, dispatcher=dispatcher).config for dispatcher in ("auto", "local")
    )
    with pytest.raises(NotReady, match=r"make production"):
        run(queue, workers=True)
    assert queue_calls.missing_package(local) is None


def test_an_older_packages_tables_are_brought_up_to_the_same_as_new_ones(
    empty: Engine, services: Services
) -> None:
    scripts = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    old = [script for script in scripts if script.name < "03.01"]
    assert 0 < len(old) < len(scripts)
    address = empty.url.render_as_string(hide_password=False).replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as admin:
        for script in old:
            admin.execute(script.read_text().encode())
        admin.execute("COMMENT ON TABLE procrastinate_jobs IS 'procrastinate 3.0.2'")
    with empty.begin() as connection:
        assert queue_tables.wanting(connection)
        queue_tables.bring_up(connection)
        assert not queue_tables.wanting(connection)
    with empty.connect() as brought_up, services.engine.connect() as new:
        assert objects(new) <= objects(brought_up)


def test_an_older_package_leaves_newer_tables_alone(services: Services) -> None:
    with services.engine.begin() as connection:
        connection.exec_driver_sql("COMMENT ON TABLE procrastinate_jobs IS 'procrastinate 99.1.0'")
        assert not queue_tables.wanting(connection)
        queue_tables.bring_up(connection)
    assert one(services.engine, COMMENT) == "procrastinate 99.1.0"
