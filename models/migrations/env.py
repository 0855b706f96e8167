"""Alembic's entry: it is given a connection by `bot/schema.py` and commits nothing itself."""

from alembic import context

import models
from models.base import Base

assert models.ALL  # every table is imported  # noqa: S101

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
