"""forms count once, a unit's draft of the answer stands apart, the correction of a rating says why and by whom"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

ROUNDS = """
UPDATE survey_answers SET round = (SELECT reopen_count FROM appeals WHERE appeals.id = survey_answers.appeal_id)
 WHERE EXISTS (SELECT 1 FROM appeals WHERE appeals.id = survey_answers.appeal_id AND appeals.reopen_count > 0
  AND survey_answers.at >= appeals.resolved_at)
"""


def upgrade() -> None:
    op.create_table(
        "form_keys",
        sa.Column("id", BIG, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_form_keys_digest")),
    )
    op.create_index("ix_form_keys_at", "form_keys", ["at"])
    with op.batch_alter_table("appeals", schema=None) as batch_op:
        batch_op.add_column(sa.Column("drafted_reply", sa.Text(), nullable=True))
        batch_op.add_column(
            sa.Column("survey_corrected", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("survey_answers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("round", BIG, nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("correction", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("confirmed_by_id", BIG, nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_survey_answers_confirmed_by_id"), "staff", ["confirmed_by_id"], ["id"]
        )
    op.execute(ROUNDS)
