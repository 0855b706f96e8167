"""Who serves from a database says so for as long as it lives, so that a restore begins only when nobody does.

SQLite: a shared lock on a file beside the database, which the system takes back from a process however it dies.
PostgreSQL: a shared advisory lock on a connection kept for it, taken again whenever the connection was lost.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from bot.core.db import is_sqlite
from bot.core.logs import get_logger
from bot.runtime.web import NotReady

log = get_logger(__name__)
KEY = 7_020_160_115  # of the advisory lock; one database, one service
LOOK_SECONDS = 5.0
RESTORING = "正在恢复备份，现在不能启动。请等恢复结束后再启动。"


class StillServing(Exception):
    """A process serves from this database."""


def serve_from(engine: Engine) -> Callable[[], None]:
    """Say that this process serves, until the returned function is called. Raises NotReady while a restore runs."""
    if is_sqlite(engine):
        handle = _lock_file(engine, fcntl.LOCK_SH)
        if handle is None:
            raise NotReady(RESTORING)
        return lambda: os.close(handle)
    keeper = _Keeper(engine)
    keeper.start()
    return keeper.stop


@contextmanager
def nobody_serves(engine: Engine) -> Iterator[None]:
    """Nobody serves inside the block, and nobody begins to. Raises StillServing."""
    if is_sqlite(engine):
        handle = _lock_file(engine, fcntl.LOCK_EX)
        if handle is None:
            raise StillServing
        try:
            yield
        finally:
            os.close(handle)
        return
    with _line(engine) as connection:
        if not _try(connection, "pg_try_advisory_lock"):
            raise StillServing
        yield  # the lock ends with its connection


def _lock_file(engine: Engine, kind: int) -> int | None:
    """An open file that is locked until it is closed; None when others have it."""
    database = Path(str(engine.url.database))
    handle = os.open(database.with_name(database.name + ".serving"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


class _Keeper:
    """Keeps the advisory lock of this process."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._stopping = engine, threading.Event()
        self._connection: Connection | None = None
        self._thread = threading.Thread(target=self._keep, name="presence", daemon=True)

    def start(self) -> None:
        """Take the lock, or raise NotReady."""
        if not self._take():
            raise NotReady(RESTORING)
        self._thread.start()

    def stop(self) -> None:
        """Give it back."""
        self._stopping.set()
        self._thread.join(timeout=LOOK_SECONDS)
        self._drop()

    def _keep(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            try:
                if self._connection is None:
                    self._take()
                else:
                    self._connection.execute(text("SELECT 1"))
            except SQLAlchemyError as error:  # the database was away: the next look takes the lock again
                log.warning("presence_lost", reason=type(error).__name__)
                self._drop()

    def _take(self) -> bool:
        connection = _line(self._engine)
        if not _try(connection, "pg_try_advisory_lock_shared"):
            connection.close()
            return False
        self._connection = connection
        return True

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()


def _line(engine: Engine) -> Connection:
    """A connection of our own: closing it closes the session and with it the lock."""
    connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    connection.detach()
    return connection


def _try(connection: Connection, function: str) -> bool:
    return bool(connection.scalar(text(f"SELECT {function}({KEY})")))
