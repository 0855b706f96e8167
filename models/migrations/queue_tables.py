"""The task queue's tables on PostgreSQL, made and kept up with the SQL that the installed Procrastinate ships.

Which version's SQL has been applied stands in a comment on `procrastinate_jobs`, so that a newer package's own
migration files are applied once, in the order of their versions, and an older package leaves everything alone.
"""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

from sqlalchemy import Connection, text

_KNOWN = text(
    "SELECT to_regclass('procrastinate_jobs') IS NOT NULL,"
    " obj_description(to_regclass('procrastinate_jobs'), 'pg_class')"
)


def installed() -> str | None:
    """The version of the installed package, or None."""
    try:
        return metadata.version("procrastinate")
    except metadata.PackageNotFoundError:
        return None


def wanting(connection: Connection) -> bool:
    """Whether `bring_up` would change this database."""
    package = _package(connection)
    if package is None:
        return False
    there, applied = _known(connection)
    return not there or applied is None or bool(_pending(applied))


def bring_up(connection: Connection) -> None:
    """Make the tables, or apply what the package has added since. Nothing on SQLite or without the package."""
    package = _package(connection)
    if package is None or not wanting(connection):
        return
    from procrastinate.schema import SchemaManager

    there, applied = _known(connection)
    if not there:
        _run(connection, SchemaManager.get_schema())
    elif applied is not None:
        for file in _pending(applied):
            _run(connection, file.read_text(encoding="utf-8"))
    newest = max(filter(None, (package, applied)), key=_numbers)
    _run(connection, f"COMMENT ON TABLE procrastinate_jobs IS 'procrastinate {newest}'")


def _package(connection: Connection) -> str | None:
    return installed() if connection.dialect.name == "postgresql" else None


def _known(connection: Connection) -> tuple[bool, str | None]:
    """Whether the tables are there, and which version's; None when somebody else has made them."""
    there, comment = connection.execute(_KNOWN).one()
    found = re.fullmatch(r"procrastinate ([\d.]+)\S*", comment or "")
    return bool(there), found[1] if found else None


def _pending(applied: str) -> list[Path]:
    """The package's migration files that are newer than a version: `03.04.00_01_pre_….sql` belongs to 3.4.0."""
    from procrastinate.schema import SchemaManager

    files = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    return [file for file in files if _numbers(file.name.partition("_")[0]) > _numbers(applied)]


def _numbers(release: str) -> tuple[int, ...]:
    numbers = [int(part) for part in re.findall(r"\d+", release)[:3]]
    return (*numbers, *(0 for _ in range(3 - len(numbers))))


def _run(connection: Connection, sql: str) -> None:
    """Several statements as they stand: without parameters the driver leaves every % alone."""
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.cursor().execute(sql)
