"""the task queue's tables, on PostgreSQL where its package is installed

`tongxin migrate` looks again each time, so a package that is installed or upgraded later gets its tables too.
"""

from __future__ import annotations

from alembic import op

from models.migrations import queue_tables

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    queue_tables.bring_up(op.get_bind())
