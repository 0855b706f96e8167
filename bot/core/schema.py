"""The schema's version: migrate to head, and tell whether a database is there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, inspect

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

    @property
    def is_newer(self) -> bool:
        """Whether a later version of the program has made this database."""
        return self.current is not None and not is_known(self.current)


def status(engine: Engine) -> SchemaStatus:
    """Compare a database with the newest migration."""
    with engine.execution_options(readonly=True).connect() as connection:
        return SchemaStatus(revision(connection), head(), queue_tables.wanting(connection))


def head() -> str:
    """The newest revision."""
    return max(_revisions())


def is_known(name: str) -> bool:
    """Whether this version of the program can come from this revision to the newest."""
    return name in _revisions()


def _revisions() -> set[str]:
    """Every revision. The files begin with their revisions' numbers, so that a start need not read them all."""
    return {path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py")}


def revision(connection: Connection) -> str | None:
    """The revision that a database has; None when it has no tables of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return found


def migrate(engine: Engine, to: str = "head") -> None:
    """Bring a database to a revision, all steps in one transaction where the database can."""
    from alembic import command  # a third of a second of processor time that only a migration needs
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
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
