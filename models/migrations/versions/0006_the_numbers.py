"""the numbers: indexes for what fell into a period, and for the moves of cases"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

DATES = ("contact_due_at", "closed_at", "first_contact_at")


def upgrade() -> None:
    for column in DATES:
        op.create_index(f"ix_appeals_{column}", "appeals", [column])
    op.create_index("ix_appeals_state_received", "appeals", ["state", "received_at"])
    op.create_index("ix_appeals_due_in_force", "appeals", ["extended_due_at", "due_at"])
    op.create_index(
        "ix_appeal_events_moves",
        "appeal_events",
        ["to_state", "at", "from_state", "appeal_id"],
        sqlite_where=sa.text("from_state <> to_state"),
        postgresql_where=sa.text("from_state <> to_state"),
    )
