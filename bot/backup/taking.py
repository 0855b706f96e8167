"""Taking a backup while the service runs: all rows as of one moment, then the attachments.

A file is on the disk before its row is committed, and is never changed; read after the rows, every file that a row
names is there, but for those that were deleted meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine

from bot.backup import archive, config_copy, manifest, outside, tables
from bot.backup.archive import Writer, table_member
from bot.backup.manifest import Manifest
from bot.backup.refusals import BackupRefused
from bot.core import clock, schema
from bot.core.config import Config
from bot.core.db import is_sqlite

FILES = "files/"


@dataclass(frozen=True)
class Taken:
    """A backup that was made and read back."""

    path: Path
    rows: int
    files: int
    bytes: int


def take(config: Config, engine: Engine, path: Path, *, with_secrets: bool = False) -> Taken:
    """Write a backup to `path` and remember it as good. Raises BackupRefused."""
    with _snapshot(engine) as connection:
        contents = _begin(config, connection, with_secrets)
        with archive.writing(path, contents) as writer:
            for table in tables.tables_of(connection):
                writer.add(
                    table_member(table.name), _counted(contents, table.name, tables.dump(connection, table))
                )
            connection.rollback()  # the pictures take long, and the rows are all here
            files = sum(
                _add_file(writer, file, config.storage.path) for file in attachments(config.storage.path)
            )
            writer.add(config_copy.MEMBER, config_copy.parts(config, with_secrets=with_secrets))
    outside.remember(config.storage.path, contents.taken_at, path)
    return Taken(path, sum(contents.tables.values()), files, path.stat().st_size)


def attachments(root: Path) -> list[Path]:
    """The files of the storage folder that are kept."""
    return sorted(each for each in root.rglob("*") if each.is_file() and outside.is_attachment(each, root))


@contextmanager
def _snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection that sees all tables as they are at one moment, whatever is written meanwhile."""
    how = {"readonly": True} if is_sqlite(engine) else {"isolation_level": "REPEATABLE READ"}
    with engine.execution_options(**how).connect() as connection:
        yield connection


def _begin(config: Config, connection: Connection, with_secrets: bool) -> Manifest:
    moment = (
        clock.now()
    )  # before the first read: what comes between is done again after a restore, never lost
    revision = schema.revision(connection)
    if revision is None:
        raise BackupRefused(
            "数据库里还没有表，没有可以备份的。请核对 [database] url；新装的先升级数据库。", "migrate"
        )
    return Manifest(moment, revision, manifest.fingerprint(config), with_secrets)


def _counted(contents: Manifest, table: str, lines: Iterator[bytes]) -> Iterator[bytes]:
    contents.tables[table] = 0
    for line in lines:
        contents.tables[table] += 1
        yield line


def _add_file(writer: Writer, file: Path, root: Path) -> bool:
    try:
        opened = file.open("rb")
    except FileNotFoundError:
        return False  # deleted since we looked: its row was gone first
    with opened:
        name = f"{FILES}{file.relative_to(root).as_posix()}"
        writer.add(name, iter(lambda: opened.read(archive.CHUNK), b""), packed=False)
    return True
