"""值班: each colleague for themselves, the leader and the administrator for everybody; a code is shown once."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from bot.staff.duty import CODE
from models.audit import AuditEntry
from tests.console.visitor import Console

pytestmark = pytest.mark.usefixtures("monday")


@pytest.fixture(scope="module")
def dialect() -> str:
    """Nothing here depends on the database."""
    return "sqlite"


def test_one_goes_on_duty_oneself(console: Console) -> None:
    clerk = console.at("clerk")
    assert "现在没有人值班" in clerk.get("/console/duty").words
    mine = console.person("clerk").id
    assert "开始值班" in clerk.post(f"/console/duty/{mine}", on="1").flash
    assert console.person("clerk").on_duty
    assert "值班提醒收不到" in clerk.get("/console/").words  # neither WeChat nor mail


def test_only_the_leader_and_the_administrator_roster_others(console: Console) -> None:
    other = console.person("dispatcher").id
    clerk = console.at("clerk")
    clerk.get("/console/duty")
    clerk.post(f"/console/duty/{other}", on="1", status=403)
    for who, on in (("leader", "1"), ("admin", "0")):
        visitor = console.at(who)
        visitor.get("/console/duty")
        visitor.post(f"/console/duty/{other}", on=on)
        assert console.person("dispatcher").on_duty is (on == "1")
    console.at("unit").get("/console/duty", 403)


def test_a_mail_address_is_checked_and_kept(console: Console) -> None:
    clerk = console.at("clerk")
    clerk.get("/console/duty")
    assert "邮箱地址写得不对" in clerk.post("/console/duty/mail", mail="zhiban@", status=409).words
    clerk.get("/console/duty")
    clerk.post("/console/duty/mail", mail="zhiban@example.cn")
    assert console.person("clerk").mail == "zhiban@example.cn"
    said = console.office.rows(select(AuditEntry.detail).where(AuditEntry.action == "staff.mail"))
    assert "example.cn" not in str(said)


def test_a_code_is_shown_once(console: Console) -> None:
    clerk = console.at("clerk")
    clerk.get("/console/duty")
    shown = clerk.post("/console/duty/code").words
    found = re.search(r"绑定 (\w+)", shown)
    assert found
    assert CODE.fullmatch(found[1])
    assert found[1] not in clerk.get("/console/duty").text
    assert found[1] not in (console.person("clerk").binding_digest or "")
