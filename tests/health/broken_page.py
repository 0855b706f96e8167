"""A SQLite file with one page that cannot be read."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def break_a_page(file: Path) -> None:
    """Overwrite the first page of a table."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        found = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'policies'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with file.open("r+b") as opened:
        opened.seek((found[0] - 1) * size)
        opened.write(b"\xff" * size)
