"""The audit trail of broadcasts: whole after any day's work, broken visibly, and without what people must not see."""

from __future__ import annotations

import json

from sqlalchemy import delete, select, update

from bot.core import audit
from bot.core.db import reading
from models.audit import AuditEntry
from models.outgoing import DeliveryState
from tests.outgoing.broadcasts.office import Office


def a_days_work(office: Office) -> list[AuditEntry]:
    made = office.approved(payload={"text": "只给会员看的话"})
    rows = office.rows(made, [DeliveryState.QUEUED])
    assert rows
    office.do("pause", made, "clerk", "等通知")
    office.do("cancel", made, "clerk", "不发了")
    mine = AuditEntry.subject_id == made
    return office.query(
        select(AuditEntry).where(AuditEntry.subject == "broadcast", mine).order_by(AuditEntry.id)
    )


def first_break(office: Office) -> int | None:
    with reading(office.services.engine) as db:
        return audit.first_break(db)


def test_every_act_is_in_the_chain_with_who_and_why(office: Office) -> None:
    entries = a_days_work(office)
    acts = ["create", "submit", "approve", "schedule", "pause", "cancel"]
    assert [entry.action for entry in entries] == [f"broadcast.{act}" for act in acts]
    assert [entry.role for entry in entries] == ["clerk", "clerk", "leader", None, "clerk", "clerk"]
    assert entries[-1].reason == "不发了"
    assert entries[-1].detail["stopped"] == 1
    assert entries[2].detail["digest"] == office.broadcast(int(entries[0].subject_id or 0)).frozen
    assert first_break(office) is None


def test_the_trail_holds_no_words_and_nobody_that_is_sent_to(office: Office) -> None:
    said = json.dumps([entry.detail for entry in a_days_work(office)], ensure_ascii=False)
    assert "只给会员看的话" not in said
    openids = office.query(select(AuditEntry.detail))
    assert not any('"o' in json.dumps(detail) and "openid" in json.dumps(detail) for detail in openids)


def test_a_changed_or_removed_row_breaks_the_chain(office: Office) -> None:
    entries = a_days_work(office)
    changed = entries[4]
    for act, where in (
        (
            update(AuditEntry).where(AuditEntry.id == changed.id).values(action="broadcast.approve"),
            changed.id,
        ),
        (delete(AuditEntry).where(AuditEntry.id == entries[1].id), entries[2].id),
    ):
        with office.at_work() as db:
            db.execute(act)
        assert first_break(office) == where
