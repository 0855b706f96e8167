"""The one-server database as a file: whether it is still the one that was opened, can be written, and has no broken page.

Everything here opens the file by itself and never makes one: a database that was moved away must not be replaced by an
empty one.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from bot.health.checks.finding import Finding, fail, ok

TITLE = "数据库文件"
GONE = "停掉服务，把它移回原处再启动；找不到了就用最近的备份：tongxin restore 备份文件。不要先运行 migrate，那会新建一个空库"
BROKEN = "停掉服务，把这个文件另存一份，再用最近的备份恢复：tongxin restore 备份文件"
TRACES = ("-wal", "-shm", ".serving")  # what stands beside a database that has been served from


def of_url(url: str) -> Path | None:
    """The file of a database address; None for PostgreSQL."""
    return Path(url.removeprefix("sqlite:///").partition("?")[0]) if url.startswith("sqlite:///") else None


def traces(file: Path) -> list[str]:
    """Names beside a missing file that say it was there once."""
    return [each.name for suffix in TRACES if (each := file.with_name(file.name + suffix)).exists()]


class OpenedFile:
    """Which file this process has open, to see whether the name still means the same one."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._opened: tuple[int, int] | None = None

    def lost(self) -> Finding | None:
        """What is wrong with the name; None when it still leads to the file that was there first."""
        if self._file is None:
            return None
        here = _identity(self._file)
        self._opened = self._opened or here
        if here is None:
            return fail(TITLE, f"{self._file} 不见了：被移走、改名或删除", GONE, "database.url")
        if here != self._opened:
            return fail(TITLE, f"{self._file} 已换成另一个文件，服务还在用原来的", GONE, "database.url")
        return None


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def write_and_roll_back(file: Path) -> None:
    """Write a row and take it back. Raises sqlite3.Error; a database that another is writing to can be written."""
    with closing(_open(file, "rw")) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                return
            raise
        try:
            connection.execute("CREATE TABLE tongxin_probe (x INTEGER)")
        finally:
            connection.execute("ROLLBACK")


def pages(file: Path) -> Finding:
    """Whether every page can be read; on a connection of its own, so that nothing comes from a cache."""
    try:
        with closing(_open(file, "ro")) as connection:
            said = [str(row[0]) for row in connection.execute("PRAGMA quick_check(3)")]
    except sqlite3.Error as error:
        said = [str(error)]
    if said == ["ok"]:
        return ok("数据页", "数据库文件没有坏页")
    return fail("数据页", f"{file} 有损坏（{'；'.join(said)[:160]}）", BROKEN, "database.url")


def _open(file: Path, mode: str) -> sqlite3.Connection:
    address = f"file:{quote(os.fspath(file.absolute()))}?mode={mode}"
    return sqlite3.connect(address, uri=True, timeout=0, isolation_level=None)
