"""The schema's version: migrate to head, and tell whether a database is there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from bot.core.db import is_sqlite
from bot.core.paths import MIGRATIONS
from models.migrations import queue_tables


@dataclass(frozen=True)
class SchemaStatus:
    """The revision a database has and the one the code needs, and whether the task queue's tables are behind."""

    current: str | None
    head: str
    queue_behind: bool = False

    @property
    def ready(self) -> bool:
        """Whether the code can run on this database."""
        return self.current == self.head and not self.queue_behind


def status(engine: Engine) -> SchemaStatus:
    """Compare a database with the newest migration."""
    with engine.execution_options(readonly=True).connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        return SchemaStatus(current, str(_scripts().get_current_head()), queue_tables.wanting(connection))


def revision(connection: Connection) -> str | None:
    """The revision that a database has; None when it has no tables of ours."""
    return MigrationContext.configure(connection).get_current_revision()


def is_known(name: str) -> bool:
    """Whether this version of the program can come from this revision to the newest."""
    return any(each.revision == name for each in _scripts().walk_revisions())


def migrate(engine: Engine, to: str = "head") -> None:
    """Bring a database to a revision, all steps in one transaction where the database can."""
    settings = _settings()
    with engine.connect() as connection, without_foreign_keys(connection), connection.begin():
        settings.attributes["connection"] = connection
        command.upgrade(settings, to)
        if to == "head":
            queue_tables.bring_up(connection)  # its package may be newer than our last migration
        if is_sqlite(engine) and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
            raise RuntimeError(f"a migration left rows that point nowhere: {broken[:5]}")


@contextmanager
def without_foreign_keys(connection: Connection) -> Iterator[None]:
    """Switch SQLite's foreign keys off for the block. SQLite changes a table by making it anew, and to drop the old one
    would delete the rows that point to it. The switch works only outside a transaction; `migrate` checks the keys before
    it commits."""
    raw = connection.connection.driver_connection
    if not isinstance(raw, sqlite3.Connection):
        yield
        return
    raw.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys = ON")


def _settings() -> AlembicConfig:
    settings = AlembicConfig()
    settings.set_main_option("script_location", str(MIGRATIONS))
    return settings


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_settings())
