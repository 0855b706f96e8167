"""articles leave through people: author, reviewer and release of study items, and what is kept of every article that left

Items that were imported before stay unreleased: nobody has looked at them in the sense of the platform's rule, and a
migration cannot. Broadcasts have been approved by two people: their names are written down as they are now.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.base import UTCDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

APPROVED = """
UPDATE broadcasts SET
  author = (SELECT name FROM staff WHERE staff.id = broadcasts.author_id),
  reviewer = (SELECT name FROM staff WHERE staff.id = broadcasts.approver_id),
  released_at = (SELECT max(at) FROM broadcast_events e WHERE e.broadcast_id = broadcasts.id AND e.action = 'approve')
WHERE approver_id IS NOT NULL
"""


def upgrade() -> None:
    for table, length in (("study_items", 32), ("broadcasts", 64)):
        op.add_column(table, sa.Column("author", sa.String(length), nullable=True))
        op.add_column(table, sa.Column("reviewer", sa.String(64), nullable=True))
        op.add_column(table, sa.Column("released_at", UTCDateTime(), nullable=True))
    op.add_column("mass_batches", sa.Column("msg_data_id", sa.String(32), nullable=True))
    op.add_column("publications", sa.Column("msg_data_id", sa.String(32), nullable=True))
    op.add_column("mass_results", sa.Column("urls", sa.Text(), nullable=True))
    op.execute(APPROVED)
