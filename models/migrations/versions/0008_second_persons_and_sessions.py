"""second persons: what waits for one, who stands in; sessions, wrong tries and recovery codes as rows"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _confirmations()
    _stand_ins()
    _sessions()
    _failures()
    _recovery_codes()


def _confirmations() -> None:
    document = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.create_table(
        "confirmations",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", NUMBER, nullable=False),
        sa.Column("what", sa.String(length=200), nullable=False),
        sa.Column("before", document, nullable=False),
        sa.Column("after", document, nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("asked_by_id", NUMBER, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("decided_by_id", NUMBER, nullable=True),
        sa.Column("decided_for_id", NUMBER, nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("answer", sa.String(length=200), nullable=True),
        *_people("confirmations", "asked_by_id", "decided_by_id", "decided_for_id"),
        sa.PrimaryKeyConstraint("id", name="pk_confirmations"),
    )
    op.create_index("ix_confirmations_state", "confirmations", ["state", "until"])
    op.create_index("ix_confirmations_asked_by_id", "confirmations", ["asked_by_id"])
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "uq_confirmations_waiting",
        "confirmations",
        ["kind", "subject_id"],
        unique=True,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )


def _stand_ins() -> None:
    op.create_table(
        "stand_ins",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("absent_id", NUMBER, nullable=False),
        sa.Column("stand_in_id", NUMBER, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("first_day <= last_day", name="ck_stand_ins_days"),
        *_people("stand_ins", "absent_id", "stand_in_id"),
        sa.PrimaryKeyConstraint("id", name="pk_stand_ins"),
    )
    for column in ("absent_id", "stand_in_id", "last_day"):
        op.create_index(f"ix_stand_ins_{column}", "stand_ins", [column])


def _sessions() -> None:
    op.create_table(
        "staff_sessions",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("staff_id", NUMBER, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("address", sa.String(length=64), nullable=True),
        sa.Column("device", sa.String(length=64), nullable=False),
        *_people("staff_sessions", "staff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_staff_sessions"),
        sa.UniqueConstraint("digest", name="uq_staff_sessions_digest"),
    )
    for column in ("staff_id", "seen_at"):
        op.create_index(f"ix_staff_sessions_{column}", "staff_sessions", [column])


def _failures() -> None:
    op.create_table(
        "sign_in_failures",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name_digest", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("count", NUMBER, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_failures"),
        sa.UniqueConstraint("name_digest", "source", name="uq_sign_in_failures_name_digest_source"),
    )
    op.create_index("ix_sign_in_failures_last_at", "sign_in_failures", ["last_at"])


def _recovery_codes() -> None:
    op.create_table(
        "recovery_codes",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("staff_id", NUMBER, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        *_people("recovery_codes", "staff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_codes"),
        sa.UniqueConstraint("staff_id", "digest", name="uq_recovery_codes_staff_id_digest"),
    )


def _people(table: str, *columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], ["staff.id"], name=f"fk_{table}_{column}") for column in columns
    ]
