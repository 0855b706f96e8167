"""Rows as lines of JSON and back, by the tables that a database really has: of any revision, on either database."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import JSON, Column, Connection, Date, DateTime, MetaData, Table, func, insert, select

LEFT_OUT = {
    "alembic_version",  # the manifest has the revision
    "access_tokens",  # a secret, and WeChat gives a new one
    "beats",  # who is alive now, not who was then
    "staff_sessions",  # everybody signs in anew
}
QUEUE = "procrastinate_"  # wake-up calls: the rows are the truth
AT_ONCE = 2000


def tables_of(connection: Connection) -> list[Table]:
    """The tables whose rows are kept, each after those that it refers to."""
    metadata = MetaData()
    metadata.reflect(connection)
    found = [each for each in metadata.sorted_tables if is_kept(each.name)]
    for kind in (column.type for table in found for column in table.columns):
        if isinstance(kind, JSON):
            kind.none_as_null = True  # nothing is nothing, not the document 「null」
    return found


def is_kept(table: str) -> bool:
    """Whether a backup holds this table's rows."""
    return table not in LEFT_OUT and not table.startswith(QUEUE)


def dump(connection: Connection, table: Table) -> Iterator[bytes]:
    """The rows of a table, one line each, in the order of their ids."""
    query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=AT_ONCE)
    for row in connection.execute(query).mappings():
        yield json.dumps(dict(row), ensure_ascii=False, default=_plain).encode() + b"\n"


def load(connection: Connection, table: Table, lines: Iterable[bytes]) -> int:
    """Put rows into an empty table; how many."""
    rows = (json.loads(line) for line in lines)
    if connection.dialect.name == "postgresql":
        return _copy(connection, table, rows)
    readers = {column.name: _reader(column) for column in table.columns}
    count = 0
    while some := [_typed(readers, row) for row in islice(rows, AT_ONCE)]:
        connection.execute(insert(table), some)
        count += len(some)
    return count


def go_on_counting(connection: Connection, table: Table) -> None:
    """Let new ids follow the greatest one. SQLite does so by itself."""
    if connection.dialect.name != "postgresql" or "id" not in table.columns:
        return
    last = connection.scalar(select(func.max(table.c.id)))
    if last is not None:
        sequence = func.pg_get_serial_sequence(table.name, "id")
        connection.execute(select(func.setval(sequence, last)))


def _copy(connection: Connection, table: Table, rows: Iterator[dict[str, Any]]) -> int:
    """One statement a table: rows may refer to later rows of the same table."""
    driver: Any = connection.connection.driver_connection
    quote = connection.dialect.identifier_preparer.quote
    names = [column.name for column in table.columns]
    documents = {column.name for column in table.columns if isinstance(column.type, JSON)}
    into = f"COPY {quote(table.name)} ({', '.join(map(quote, names))}) FROM STDIN"
    count = 0
    with driver.cursor() as cursor, cursor.copy(into) as copy:
        for row in rows:
            copy.write_row([_copied(row.get(name), name in documents) for name in names])
            count += 1
    return count


def _copied(value: Any, is_document: bool) -> Any:
    return json.dumps(value, ensure_ascii=False) if is_document and value is not None else value


def _typed(readers: dict[str, Callable[[Any], Any]], row: dict[str, Any]) -> dict[str, Any]:
    return {name: None if row.get(name) is None else read(row[name]) for name, read in readers.items()}


def _reader(column: Column[Any]) -> Callable[[Any], Any]:
    if isinstance(column.type, DateTime):
        return lambda said: datetime.fromisoformat(said).astimezone(UTC).replace(tzinfo=None)
    if isinstance(column.type, Date):
        return date.fromisoformat
    return lambda said: said


def _plain(value: Any) -> str:
    """Moments are UTC in every table; SQLite's have no zone and are given it here."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a column of type {type(value).__name__} has no written form")
