"""Where a restored database is made ready, beside the one in use, and the one moment at which it takes its place.

A kill before that moment leaves the database in use as it was; what was staged is thrown away by the next restore.
SQLite: a file beside it, copied over in one transaction. PostgreSQL: a schema of its own, whose tables change places
with the old ones in one transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.engine import URL

from bot.backup.tables import QUEUE
from bot.core.db import is_sqlite
from bot.core.logs import get_logger
from models.migrations import queue_tables

log = get_logger(__name__)
SCHEMA = "tongxin_restoring"
SUFFIX = ".restoring"


@contextmanager
def stage(live: Engine) -> Iterator[str]:
    """The address of an empty database beside the one in use; gone at the end."""
    if is_sqlite(live):
        path = Path(str(live.url.database) + SUFFIX)
        _remove(path)
        try:
            yield _address(live.url.set(database=str(path)))
        finally:
            _remove(path)
        return
    _drop_schema(live)
    with live.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
    try:
        yield _address(live.url.update_query_dict({"options": f"-c search_path={SCHEMA}"}))
    finally:
        _drop_schema(live)


def take_its_place(live: Engine) -> None:
    """Make what was staged the database in use: all of it or, when it is interrupted, nothing."""
    if is_sqlite(live):
        _copy_over(Path(str(live.url.database)))
        return
    with live.begin() as connection:
        _change_places(connection)
        queue_tables.bring_up(connection)


def _copy_over(database: Path) -> None:
    """SQLite writes a whole database as one transaction, journal and all; a file that is replaced under it would meet
    the old one's journal."""
    _set_aside_if_damaged(database)
    with (
        closing(sqlite3.connect(f"{database}{SUFFIX}")) as staged,
        closing(sqlite3.connect(database, timeout=15)) as target,
    ):
        target.execute("PRAGMA synchronous = FULL")
        staged.backup(target)
        target.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _set_aside_if_damaged(database: Path) -> None:
    """A file that is no database cannot be written over as one; it is kept under another name."""
    with closing(sqlite3.connect(database)) as target:
        try:
            target.execute("PRAGMA quick_check(1)").fetchall()
            return
        except sqlite3.DatabaseError:
            log.warning("database_damaged", file=str(database))
    for tail in ("-wal", "-shm", ""):
        each = database.with_name(database.name + tail)
        if each.exists():
            each.replace(database.with_name(f"{database.name}.damaged{tail}"))


def _change_places(connection: Connection) -> None:
    quote = connection.dialect.identifier_preparer.quote
    home = quote(str(connection.scalar(text("SELECT current_schema()"))))
    old, new = _ours(connection, None), _ours(connection, SCHEMA)
    if old:
        everything = ", ".join(f"{home}.{quote(name)}" for name in old)
        connection.execute(text(f"DROP TABLE {everything} CASCADE"))
    for name in new:
        connection.execute(text(f"ALTER TABLE {SCHEMA}.{quote(name)} SET SCHEMA {home}"))


def _ours(connection: Connection, schema: str | None) -> list[str]:
    return [name for name in inspect(connection).get_table_names(schema) if not name.startswith(QUEUE)]


def _drop_schema(live: Engine) -> None:
    with live.begin() as connection:
        connection.execute(text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))


def _address(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _remove(path: Path) -> None:
    for each in (path, *(path.with_name(path.name + tail) for tail in ("-wal", "-shm", "-journal"))):
        each.unlink(missing_ok=True)
