"""The schema's version: migrate to head, and tell whether a database is there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, inspect

from bot.core.db import is_sqlite
from bot.core.paths import MIGRATIONS
from bot.core.refusals import Refusal
from models.migrations import queue_tables


@dataclass(frozen=True)
class SchemaStatus:
    """The revision a database has and the one the code needs, whether the task queue's tables are behind, and what stands
    there that no whole migration leaves."""

    current: str | None
    head: str
    queue_behind: bool = False
    remains: str | None = None  # a table of an unfinished migration, or one of ours without a revision

    @property
    def ready(self) -> bool:
        """Whether the code can run on this database."""
        return self.current == self.head and not self.queue_behind

    @property
    def is_mendable(self) -> bool:
        """Whether a migration leads from here to the head."""
        return not self.is_newer and self.remains is None

    @property
    def is_newer(self) -> bool:
        """Whether a later version of the program has made this database."""
        return self.current is not None and not is_known(self.current)


class SchemaUnfit(Refusal):
    """The program cannot run on this database as it is."""


def status(engine: Engine) -> SchemaStatus:
    """Compare a database with the newest migration."""
    with engine.execution_options(readonly=True).connect() as connection:
        current, newest = revision(connection), head()
        remains = _remains(connection, current) if current != newest else None
        return SchemaStatus(current, newest, queue_tables.wanting(connection), remains)


def _remains(connection: Connection, current: str | None) -> str | None:
    names = inspect(connection).get_table_names()
    half = [name for name in names if name.startswith("_alembic_tmp_")]
    ours = [name for name in names if current is None and name == "inbound"]  # of our first step
    return next(iter([*half, *ours]), None)


def require_mendable(state: SchemaStatus) -> None:
    """Raise SchemaUnfit when no migration leads from here to the head."""
    if state.is_newer:
        words = f"数据库是更新版本的程序写的（表结构 {state.current}，这个程序认得到 {state.head}）"
        raise SchemaUnfit(f"{words}。请换上那一版程序；要用现在这一版，请恢复升级前的备份。", "restore")
    if state.remains:
        words = f"数据库里留有没做完的升级（表 {state.remains}，版本记录是 {state.current or '空的'}）"
        raise SchemaUnfit(f"{words}。请先恢复升级前的备份，再升级。", "restore", "migrate")


def require_ready(state: SchemaStatus) -> None:
    """Raise SchemaUnfit unless the program can run on this database."""
    require_mendable(state)
    if not state.ready:
        behind = "任务队列的表还没有建好" if state.queue_behind else f"数据库结构是 {state.current or '空的'}"
        raise SchemaUnfit(f"{behind}，程序需要 {state.head}。请先升级数据库。", "migrate")


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
