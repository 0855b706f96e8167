"""The trail on its page: readable, whole or visibly not, sealed each day."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from bot.console.pages.trail.labels import ACTIONS, FIELDS, SUBJECTS, changes
from bot.core import audit, clock
from bot.core.db import reading, transaction
from bot.core.paths import ROOT
from bot.health.jobs import seal_the_trail
from models.audit import AuditEntry
from tests.console.visitor import Console
from tests.support.office import MONDAY, Office, accept

pytestmark = pytest.mark.usefixtures("monday")
BOT = ROOT / "bot"


def entries(office: Office) -> list[AuditEntry]:
    with reading(office.services.engine) as db:
        return list(db.scalars(select(AuditEntry).order_by(AuditEntry.id)))


def check(console: Console) -> str:
    """What the button says."""
    auditor = console.at("auditor")
    auditor.get("/console/trail")
    return auditor.post("/console/trail/check").flash


def test_every_act_in_the_code_has_a_name() -> None:
    calls = re.compile(
        r'audit\.record\([^"]*?(f?)"([a-z_]+\.[a-z_]+|[a-z_]+\.\{\w+\})", "([a-z_]+)"', re.DOTALL
    )
    found = [match for path in BOT.rglob("*.py") for match in calls.findall(path.read_text())]
    assert len(found) > 20
    assert {action for is_format, action, _ in found if not is_format} - set(ACTIONS) == set()
    assert {subject for _, _, subject in found} - set(SUBJECTS) == set()


def test_a_change_reads_as_one() -> None:
    detail = {
        "changed": {"state": ["submitted", "accepted"], "due_at": [None, "2026-11-25T09:30:00+00:00"]},
        "confidential": True,
        "rows": 0,
        "street": None,
    }
    assert changes(detail) == [
        "状态：待受理 → 待派单",
        "办理时限：空 → 2026-11-25 17:30",
        "保密：是",
        "行数：0",
    ]
    assert changes({"changed": ["name", "phone"]}) == ["修改了名称、联系电话"]


def test_the_page_names_people_cases_and_changes(console: Console) -> None:
    number = console.office.file()
    accept(console.office, number)
    page = console.at("auditor").get(f"/console/trail?subject={number.lower()}")
    assert f"诉求 {number}" in page.words
    assert console.office.people["clerk"].name in page.words
    assert "待受理 → 待派单" in page.words
    assert "银行不肯续贷" not in page.text, "events, no content"
    assert not re.search(r"\b[a-z]+_[a-z_]+：", page.words), "every field has a name"


def test_the_trail_is_filtered(console: Console) -> None:
    auditor = console.at("auditor")
    name = console.office.people["auditor"].name
    shown = auditor.get(f"/console/trail?who={name}&action=登录&from=2026-11-23&to=2026-11-23").words
    assert "没有符合条件" not in shown
    assert "没有符合条件" in auditor.get("/console/trail?to=2020-01-01").words
    for odd in ("from=x", "to=2026-99-99", "subject=99999999999999", "kind=none", "who=%25"):
        auditor.get(f"/console/trail?{odd}")


def test_a_changed_row_is_found(fresh_console: Console) -> None:
    assert "记录完整" in check(fresh_console)
    row = entries(fresh_console.office)[3]
    with transaction(fresh_console.office.services.engine) as db:
        db.execute(update(AuditEntry).where(AuditEntry.id == row.id).values(address="1.2.3.4"))
    said = check(fresh_console)
    assert f"第 {row.id} 条" in said
    assert "报告分管领导" in said


def test_an_end_that_was_cut_off_is_found_by_the_seal(fresh_console: Console) -> None:
    office = fresh_console.office
    assert "记录完整" in check(fresh_console)
    with clock.frozen(MONDAY + timedelta(days=1)), transaction(office.services.engine) as db:
        seal_the_trail(office.services, db, clock.at(clock.today(), 0, 5))
    sealed = entries(office)[-1]
    assert sealed.action == audit.SEAL
    assert sealed.detail["day"] == "2026-11-23"
    assert sealed.detail["rows"] == len(entries(office)) - 1
    assert "记录完整" in check(fresh_console)
    assert sealed.detail["digest"] in fresh_console.at("auditor").get("/console/trail").text

    with transaction(
        office.services.engine
    ) as db:  # somebody removes the end and forges a new chain after it
        kept = [entry for entry in entries(office) if entry.id < sealed.id][:-1]
        db.execute(delete(AuditEntry).where(AuditEntry.id > kept[-1].id))
        forged = AuditEntry(
            at=sealed.at, action=audit.SEAL, subject="audit", subject_id=sealed.subject_id, detail=sealed.detail,
            previous=kept[-1].digest,
        )  # fmt: skip
        forged.digest = audit.digest(forged)
        db.add(forged)
    assert "有记录被删除" in check(fresh_console)


def test_rows_from_before_addresses_and_reasons_keep_their_digest(console: Console) -> None:
    entry = entries(console.office)[0]
    entry.address = entry.reason = None
    plain = audit.digest(entry)
    entry.address = "10.0.0.1"
    with_address = audit.digest(entry)
    entry.address, entry.reason = None, "10.0.0.1"
    assert len({plain, with_address, audit.digest(entry)}) == 3


def test_every_audited_field_has_a_name() -> None:
    from bot.appeals.actor import AUDITED

    assert set(AUDITED) <= set(FIELDS)
