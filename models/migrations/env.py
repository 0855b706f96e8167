"""Alembic's entry: it is given a connection by `bot/core/schema.py` and commits nothing itself."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import TypeDecorator

from models.base import Base  # its package reads every table


def render_item(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """Write our column types as the plain types they are stored as, so that old migrations need no code of ours."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
