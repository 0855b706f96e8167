"""INSERT … ON CONFLICT in the dialect of the session, for rows that may be there already."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.base import Base

Insert = postgresql.Insert | sqlite.Insert


def insert_into(db: Session, model: type[Base]) -> Insert:
    """An insert that knows `on_conflict_do_update` and `on_conflict_do_nothing`."""
    table: Any = model.__table__
    return sqlite.insert(table) if db.get_bind().dialect.name == "sqlite" else postgresql.insert(table)
