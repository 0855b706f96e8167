"""An upgrade keeps every row, although SQLite makes some tables anew for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from bot.core import schema
from bot.core.db import connect, reading
from models.appeals import Appeal, timeline
from models.messages import StaffMessage
from models.staff import Staff
from tests.support import postgres

OLD = """
INSERT INTO appeals (id, number, appellant, state, channel, type, category, title, body, phone, anonymous,
 share_contact, consent_version, consent_at, received_at, acceptance_due_at, deadline_estimated) VALUES
 (7, 'SQ20260105001', 'digest', 'submitted', '公众号', '求助', '融资', '贷款', '贷款到期', '13800138000', false, true, '1',
  '2026-01-05 01:00:00', '2026-01-05 01:00:00', '2026-01-06 09:30:00', false);
INSERT INTO appeal_events (id, appeal_id, at, actor, action, to_state, detail)
 VALUES (9, 7, '2026-01-05 01:00:00', 'appellant', 'filed', 'submitted', '{}');
INSERT INTO staff_messages (id, openid, text, reason, created_at, handled_at) VALUES
 (3, 'o123', '想找人问问', 'asked', '2026-01-05 01:00:00', NULL);
INSERT INTO staff (id, name, role, active, created_at) VALUES (2, '小林', 'clerk', true, '2026-01-05 01:00:00');
"""


@pytest.fixture
def empty(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if dialect == "sqlite":
        return f"sqlite:///{tmp_path / 'old.db'}"
    folder: Path = request.getfixturevalue("postgres")
    postgres.create(folder, "old_one")
    return postgres.address(folder, "old_one")


def test_cases_of_the_first_version_survive(empty: str) -> None:
    engine = connect(empty)
    schema.migrate(engine, "0004")
    with engine.begin() as connection:
        for statement in filter(str.strip, OLD.split(";")):
            connection.execute(text(statement))
    schema.migrate(engine)
    with reading(engine) as db:
        case = db.get_one(Appeal, 7)
        assert (case.number, case.urgency, case.version, case.confidential) == (
            "SQ20260105001",
            "一般",
            1,
            False,
        )
        assert case.phone_tail == "8000"
        waiting = db.get_one(StaffMessage, 3)  # nobody could see it: it has waited too long already
        assert (waiting.text, waiting.due_at) == ("想找人问问", waiting.created_at)
        assert db.get_one(Staff, 2).on_duty is False
        assert [event.action for event in timeline(db, 7)] == ["filed"]
    engine.dispose()
