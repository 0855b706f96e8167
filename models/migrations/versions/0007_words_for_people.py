"""words for people: messages are answered, and colleagues on duty are alerted"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
UNHANDLED = sa.text("handled_at IS NULL")


def upgrade() -> None:
    _staff()
    _messages()
    _answers()
    _alerts()
    _calls()


def _staff() -> None:
    with op.batch_alter_table("staff") as staff:
        staff.add_column(sa.Column("on_duty", sa.Boolean(), nullable=False, server_default=sa.false()))
        staff.add_column(sa.Column("mail", sa.String(254), nullable=True))
        staff.add_column(sa.Column("binding_digest", sa.String(64), nullable=True))
        staff.add_column(sa.Column("binding_until", MOMENT, nullable=True))
        staff.create_unique_constraint(staff.f("uq_staff_binding_digest"), ["binding_digest"])


def _messages() -> None:
    """Nobody could see the rows of before: each has waited too long already."""
    with op.batch_alter_table("staff_messages") as messages:
        for name in ("due_at", "alerted_at", "taken_at"):
            messages.add_column(sa.Column(name, MOMENT, nullable=True))
        messages.add_column(sa.Column("outcome", sa.String(200), nullable=True))
        for name in ("taken_by_id", "handled_by_id"):
            messages.add_column(sa.Column(name, NUMBER, nullable=True))
            messages.create_foreign_key(messages.f(f"fk_staff_messages_{name}"), "staff", [name], ["id"])
    op.create_index(
        "ix_staff_messages_waiting",
        "staff_messages",
        ["due_at"],
        sqlite_where=UNHANDLED,
        postgresql_where=UNHANDLED,
    )
    op.execute("UPDATE staff_messages SET due_at = created_at WHERE handled_at IS NULL")


def _answers() -> None:
    op.create_table(
        "message_answers",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("openid", sa.String(64), nullable=True),
        sa.Column("message_id", NUMBER, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_id", NUMBER, nullable=False),
        sa.Column("delivery_id", NUMBER, nullable=True),
        sa.Column("told_at", MOMENT, nullable=True),
        sa.Column("told_by_id", NUMBER, nullable=True),
        sa.Column("told_remark", sa.String(200), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"], ["staff_messages.id"], name=op.f("fk_message_answers_message_id")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_message_answers_by_id")),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_message_answers_delivery_id")
        ),
        sa.ForeignKeyConstraint(["told_by_id"], ["staff.id"], name=op.f("fk_message_answers_told_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_answers")),
    )
    for name in ("openid", "message_id"):
        op.create_index(op.f(f"ix_message_answers_{name}"), "message_answers", [name])


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
        sa.Column("page", sa.String(128), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint("key", name=op.f("uq_alerts_key")),
    )


def _calls() -> None:
    op.create_table(
        "alert_calls",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("alert_id", NUMBER, nullable=False),
        sa.Column("staff_id", NUMBER, nullable=False),
        sa.Column("channel", sa.String(8), nullable=False),
        sa.Column("delivery_id", NUMBER, nullable=True),
        sa.Column("state", sa.String(32), nullable=True),
        sa.Column("attempts", NUMBER, nullable=False),
        sa.Column("not_before", MOMENT, nullable=False),
        sa.Column("leased_until", MOMENT, nullable=True),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("detail", sa.String(200), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_alert_calls_alert_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_alert_calls_staff_id")),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_alert_calls_delivery_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_calls")),
        sa.UniqueConstraint(
            "alert_id", "staff_id", "channel", name=op.f("uq_alert_calls_alert_id_staff_id_channel")
        ),
    )
    op.create_index("ix_alert_calls_state", "alert_calls", ["state", "not_before"])
