"""answers are rated: whether an answer from a package helped, without the person who said so"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "answer_ratings",
        sa.Column("id", BIG, nullable=False),
        sa.Column("slug", sa.String(96), nullable=False),
        sa.Column("useful", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_ratings")),
    )
    op.create_index(op.f("ix_answer_ratings_slug"), "answer_ratings", ["slug"])
