"""Shanghai's calendar inside the database, on both dialects."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

# The zone has had one offset since 1991, so eight hours serve where there is no table of zones.


class local_month(GenericFunction[str]):  # noqa: N801  # a function of SQL
    """A moment's month in Shanghai, as 2026-11."""

    type = String()
    inherit_cache = True


class local_day(GenericFunction[str]):  # noqa: N801  # a function of SQL
    """A moment's day in Shanghai, as 2026-11-25."""

    type = String()
    inherit_cache = True


@compiles(local_month, "sqlite")
def _month_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return f"strftime('%Y-%m', {_second(element, compiler, kw)}, '+8 hours')"


@compiles(local_day, "sqlite")
def _day_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return f"date({_second(element, compiler, kw)}, '+8 hours')"


@compiles(local_month, "postgresql")
def _month_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **kw)} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM')"


@compiles(local_day, "postgresql")
def _day_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **kw)} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD')"


def _second(element: Any, compiler: Any, kw: dict[str, Any]) -> str:
    """SQLite rounds to a thousandth: the last instant of a day would be the next one."""
    return f"substr({compiler.process(element.clauses, **kw)}, 1, 19)"
