"""SQLite's own check of its pages, made behind, and so seldom that it takes one part in two hundred of one core."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from bot.health.checks import sqlite_file
from bot.health.checks.finding import Finding, ok

SHARE = 200
LEAST_SECONDS = 10.0
FIRST_SECONDS = 2.0  # a small database is looked through within the first question


class PageCheck:
    """The newest result of one process."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._found = ok("数据页", "还没有查完")
        self._next_at = 0.0
        self._thread: threading.Thread | None = None

    def newest(self) -> Finding:
        """What the last check found; begins the next one when its time has come."""
        if self._file is None:
            return ok("数据页", "由 PostgreSQL 自己核对")
        is_running = self._thread is not None and self._thread.is_alive()
        if time.monotonic() >= self._next_at and not is_running:
            is_first = self._thread is None
            self._thread = threading.Thread(target=self._check, args=(self._file,), name="pages", daemon=True)
            self._thread.start()
            self._thread.join(FIRST_SECONDS if is_first else 0)
        return self._found

    def _check(self, file: Path) -> None:
        began = time.monotonic()
        self._found = sqlite_file.pages(file)
        took = time.monotonic() - began
        self._next_at = time.monotonic() + max(LEAST_SECONDS, SHARE * took)
