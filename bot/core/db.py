"""Engines, transactions, and every difference between SQLite and PostgreSQL.

SQLite: WAL, foreign keys on, `BEGIN IMMEDIATE` for writing transactions, and one writer at a time inside a
process, because threads that queue on a lock are served in turn while SQLite's own busy handler sleeps.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import lru_cache
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Connection, Engine, Select, create_engine, event, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from models.base import Base

# A frozen machine that has locked a row must not stop everybody: its transaction ends, and waiting for it ends.
POSTGRES_OPTIONS = "-c lock_timeout=14000 -c idle_in_transaction_session_timeout=20000"
BUSY_SECONDS = 15  # longer than WeChat's three tries together: a waiting writer outlives its question
MAPPED_BYTES = 1 << 30  # of the file; what lies beyond is read by system calls
AT_ONCE = "at_once"  # option of a connection whose statements commit by themselves
_writers: WeakKeyDictionary[Engine, threading.Lock] = WeakKeyDictionary()


def connect(url: str, *, pool_size: int = 10, durable: bool = True) -> Engine:
    """An engine for `url`. `durable=False` lets SQLite flush to disk at checkpoints only: a power failure may
    then cost the last commits; a crash of the process costs none either way."""
    target = make_url(url)
    if target.get_backend_name() == "sqlite":
        return _connect_sqlite(url, target.database, pool_size, durable)
    return create_engine(
        target,
        pool_size=pool_size,
        max_overflow=20,  # senders keep one for a round, and settle on another
        pool_pre_ping=True,
        hide_parameters=True,  # what people wrote must not stand in an error's text
        connect_args={
            "connect_timeout": 5,
            "options": f"{POSTGRES_OPTIONS} {target.query.get('options', '')}",
        },
    )


def _connect_sqlite(url: str, path: str | None, pool_size: int, durable: bool) -> Engine:
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=20,
        hide_parameters=True,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves; see `begin`
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute(f"PRAGMA mmap_size = {MAPPED_BYTES}")  # a row is read without a call of the system

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get(AT_ONCE):
            return
        # A deferred transaction that turns into a writer can fail at once with "database is locked".
        kind = "DEFERRED" if options.get("readonly") else "IMMEDIATE"
        connection.exec_driver_sql(f"BEGIN {kind}")

    _writers[engine] = threading.Lock()
    return engine


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """Commit if the block ends, roll back if it raises. The one place a commit happens.

    Nothing slow and nothing remote belongs into the block.
    """
    hints: list[Callable[[], None]] = []
    with (
        _writer_lock(engine),
        Session(engine, expire_on_commit=False, info={"after_commit": hints}) as db,
        db.begin(),
    ):
        yield db
    for hint in hints:
        run_hint(hint)


def run_hint(hint: Callable[[], None]) -> None:
    """Run a hint and log its failure: the rows are there whatever becomes of it."""
    try:
        hint()
    except Exception:
        logging.getLogger(__name__).exception("hint_failed")


@contextmanager
def each_at_once(engine: Engine) -> Iterator[Callable[[Any, Mapping[str, Any]], list[Any]]]:
    """A function that runs statements on one connection, each a transaction of its own, without a Session's bookkeeping:
    for a loop that runs a thousand times a second. It gives the first column of the rows that a statement returns."""
    alone = {AT_ONCE: True} if is_sqlite(engine) else {"isolation_level": "AUTOCOMMIT"}
    with engine.connect().execution_options(**alone) as connection:

        def run(statement: Any, values: Mapping[str, Any]) -> list[Any]:
            with _writer_lock(engine):
                result = connection.execute(statement, values)
                return list(result.scalars()) if result.returns_rows else []

        yield run


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that only reads; it waits for no writer. Its rows may be used after the end."""
    with Session(engine.execution_options(readonly=True), expire_on_commit=False) as db:
        yield db


def after_commit(db: Session, hint: Callable[[], None]) -> None:
    """Run `hint` once the rows are really there. A hint may get lost, so it only ever wakes a worker."""
    db.info["after_commit"].append(hint)


def insert_once(db: Session, model: type[Base], **values: Any) -> int | None:
    """Insert a row whose unique key may already be there: its id for the caller that came first, else None.

    A second caller waits here while the first is still working, until the first has committed or failed. `model`
    must have an integer `id`.
    """
    row_id: int | None = db.connection().scalar(_insert_once(db.get_bind().dialect.name, model), values)
    return row_id


@lru_cache(maxsize=256)
def _insert_once(dialect: str, model: type[Base]) -> Any:
    """The statement, made once: building it costs more than running it."""
    insert = _insert(dialect, model)
    return insert.on_conflict_do_nothing().returning(insert.table.c.id)


def insert_missing(
    db: Session, model: type[Base], columns: Sequence[str], rows: Select[Any], key: str
) -> int:
    """Insert the rows of a query whose `key` is not there yet; gives how many were inserted."""
    insert = _insert(db.get_bind().dialect.name, model).from_select(list(columns), rows)
    statement = insert.on_conflict_do_nothing(index_elements=[key])
    return db.connection().execute(statement, execution_options={"preserve_rowcount": True}).rowcount


def insert_or_set(
    db: Session,
    model: type[Base],
    rows: Sequence[Mapping[str, Any]] | Select[Any],
    *,
    key: Sequence[str],
    changes: Callable[[Any], Mapping[str, Any]],
    where: ColumnElement[bool] | None = None,
) -> None:
    """Insert rows, given as values or as a query with their column names; where the `key` is there already, set the
    `changes` instead, made from the columns that would have been inserted. `where` leaves some as they are."""
    insert = _insert(db.get_bind().dialect.name, model)
    if isinstance(rows, Select):
        insert = insert.from_select([column.name for column in rows.selected_columns], rows)
    changed = insert.on_conflict_do_update(
        index_elements=list(key), set_=changes(insert.excluded), where=where
    )
    db.connection().execute(changed, None if isinstance(rows, Select) else list(rows))


def next_number(db: Session, model: type[Base], count: int = 1, **key: Any) -> int:
    """Raise the counter `value` of the row with this key by `count`, from nothing if it is not there; gives the new
    value. A transaction that counts at the same moment waits here for the other one."""
    insert = _insert(db.get_bind().dialect.name, model).values(**key, value=count)
    value = insert.table.c.value
    counted = insert.on_conflict_do_update(index_elements=list(key), set_={"value": value + count})
    return int(db.scalars(counted.returning(value)).one())


def _insert(dialect: str, model: type[Base]) -> sqlite.Insert | postgresql.Insert:
    table: Any = model.__table__
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def one_at_a_time(db: Session, what: str) -> None:
    """Let no other transaction pass this line for the same `what` until this one ends. SQLite has one writer anyway."""
    if db.get_bind().dialect.name == "postgresql":
        db.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"tongxin:{what}"))))


def is_sqlite(engine: Engine) -> bool:
    """Whether the one-server database is in use."""
    return engine.dialect.name == "sqlite"


def _writer_lock(engine: Engine) -> AbstractContextManager[Any]:
    return _writers.get(engine) or nullcontext()
