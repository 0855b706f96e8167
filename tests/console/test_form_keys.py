"""A form counts once: what is sent again after «back» shows what the first did, and does nothing."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.console.jobs import forget_old_form_keys
from bot.core import clock
from bot.core.db import transaction
from models.appeals import Appeal, AppealState
from models.audit import AuditEntry
from models.form_keys import FormKey
from models.ledgers import LedgerRun
from models.staff import StaffNotice
from models.units import Unit
from tests.console.appeals.hands import filed, version
from tests.console.visitor import Console, Page, Visitor
from tests.support.office import MONDAY, Office

pytestmark = pytest.mark.usefixtures("monday")
S = AppealState
TEMPLATES = Path(__file__).parents[2] / "bot" / "console" / "templates"


@pytest.fixture
def office(console: Console) -> Office:
    return console.office


def key(page: Page, action: str = "") -> str:
    """The key of the page's form that leads to `action`; of its last one, when none says so."""
    forms = re.findall(r'<form\b[^>]*method="post".*?</form>', page.text, flags=re.DOTALL)
    fitting = [form for form in forms if f'action="{action}"' in html.unescape(form)]
    found = re.search(r'name="form_key" value="([^"]+)"', (fitting or forms)[-1])
    assert found
    return found[1]


def twice(visitor: Visitor, page: Page, path: str, **fields: Any) -> tuple[Page, Page]:
    """Send the form that is open, go back, send it again: what is seen after each."""
    sent = {"form_key": key(page, path)} | fields
    return visitor.post(path, **sent), visitor.post(path, **sent)


def test_no_template_makes_its_form_by_hand() -> None:
    by_hand = [path.name for path in TEMPLATES.rglob("*.html") if "csrf_token" in path.read_text()]
    assert by_hand == [], "form_keys() brings the key and the token"


@pytest.mark.parametrize(
    ("state", "who", "act", "fields"),
    [
        (S.IN_PROGRESS, "clerk", "reply", {"words": "我们正在联系银行。", "sure": "yes"}),
        (S.IN_PROGRESS, "unit", "note", {"words": "规划图在档案室。"}),
        (
            S.IN_PROGRESS,
            "unit",
            "log_contact",
            {"how": "电话", "at": "2026-11-23T10:00", "words": "联系上了"},
        ),
        (S.IN_PROGRESS, "unit", "hand_in", {"result_class": "已解决", "result": "已办。"}),
        (S.PENDING_REVIEW, "dispatcher", "approve", {"public_reply": "已经办好。", "sure": "yes"}),
    ],
)
def test_an_act_is_done_once(
    console: Console, office: Office, state: AppealState, who: str, act: str, fields: dict[str, str]
) -> None:
    number = office.led_to(state)
    path = f"/console/appeals/{number}/do/{act}"
    page = console.at(who).get(path)
    first, second = twice(console.at(who), page, path, version=version(page), **fields)
    assert "没有再办一次" not in first.flash
    assert "10:00 已提交过这张表单，没有再办一次。当时的结果：" in second.flash
    assert first.flash.strip() in second.flash, "what the first did"
    wanted = {"reply": "replied", "note": "noted", "log_contact": "contacted", "hand_in": "handed_in"}
    done = [event.action for event in office.events(number)]
    assert done.count(wanted.get(act, "approved")) == 1


def rows(office: Office, model: Any) -> int:
    return int(office.rows(select(func.count()).select_from(model))[0])


def test_a_case_is_filed_once(console: Console, office: Office) -> None:
    clerk, before = console.at("clerk"), rows(office, Appeal)
    first, second = twice(clerk, clerk.get("/console/filing"), "/console/filing", **filed(office))
    number = re.search(r"SQ\d{11}", first.flash)
    assert number
    assert number[0] in second.flash
    assert rows(office, Appeal) == before + 1


def test_other_pages_count_a_form_once_too(console: Console, office: Office) -> None:
    admin, clerk = console.at("admin"), console.at("clerk")
    unit = {"name": "区档案馆", "kind": "区级部门", "active": "1"}
    page = admin.get("/console/units/new")
    _, second = twice(admin, page, "/console/units/new", **unit)
    assert "没有再办一次" in second.flash
    assert rows(office, Unit) == 4
    asked = {"from": "2026-01-01", "to": "2026-11-23"}
    _, second = twice(clerk, clerk.get("/console/ledger"), "/console/ledger/export", **asked)
    assert "没有再办一次" in second.flash
    assert rows(office, LedgerRun) == 1


def test_a_one_time_link_is_made_once_and_not_kept(console: Console, office: Office) -> None:
    admin, other = console.at("admin"), office.people["helper"].id
    path = f"/console/staff/{other}/link"
    first, second = twice(admin, admin.get(f"/console/staff/{other}"), path)
    link = re.search(r'class="link" readonly value="([^"]+)"', first.text)
    assert link
    token = link[1].rsplit("/", 1)[-1]
    assert token not in second.text
    assert not [row for row in office.rows(select(FormKey)) if token in str(row.said) + str(row.location)]


def test_a_contact_is_shown_once(console: Console, office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS, phone="13812345678")
    clerk, path = console.at("clerk"), f"/console/appeals/{number}/contact"
    sent = {"form_key": key(clerk.get(path)), "reason": "电话告知"}
    assert "13812345678" in clerk.send(path, **sent).text
    again = clerk.post(path, **sent)
    assert "13812345678" not in again.text
    assert "没有再办一次" in again.flash
    looked = select(AuditEntry).where(AuditEntry.action == "appeal.unmask")
    assert len(office.rows(looked.where(AuditEntry.subject_id == office.case(number).id))) == 1


def test_a_form_that_was_refused_may_be_sent_again(console: Console, office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)
    unit, path = console.at("unit"), f"/console/appeals/{number}/do/note"
    page = unit.get(path)
    sent = {"form_key": key(page), "version": version(page)}
    assert unit.send(path, **sent, words=" ").status == 422
    assert unit.send(path, **sent, words="现在写了。").status == 302
    assert unit.send(path, **sent, words="再来一次。").status == 302
    assert [event.action for event in office.events(number)].count("noted") == 1


def test_a_key_is_its_colleagues_own(console: Console, office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)
    path = f"/console/appeals/{number}/do/note"
    for who in ("clerk", "dispatcher"):
        page = console.at(who).get(path)
        console.at(who).post(path, form_key="一样的", version=version(page), words=f"{who}写的")
    assert [event.action for event in office.events(number)].count("noted") == 2


def test_two_presses_at_once_do_it_once(console: Console, office: Office) -> None:
    clerk = console.at("clerk")
    page = clerk.get("/console/filing")
    typed, before = filed(office), rows(office, Appeal)
    sent = {"csrf_token": page.token, "form_key": key(page), **typed}
    cookies = list((clerk.client._cookies or {}).values())

    def press(_: int) -> int:
        client = console.app.test_client()
        for cookie in cookies:
            client.set_cookie(cookie.key, cookie.value, domain="localhost", path=cookie.path)
        with clock.frozen(MONDAY):
            return client.post("/console/filing", data=sent).status_code

    assert run_at_once(press, range(4)) == [302] * 4
    assert rows(office, Appeal) == before + 1


def run_at_once(work: Callable[[int], int], what: Sequence[int]) -> list[int]:
    with ThreadPoolExecutor(len(what)) as pool:
        return list(pool.map(work, what))


def test_all_notices_are_read_by_one_press(console: Console, office: Office) -> None:
    office.led_to(S.DISPATCHED)
    unit = console.at("unit")
    first, second = twice(unit, unit.get("/console/notices"), "/console/notices/read")
    assert "没有再办一次" not in first.flash
    assert "没有再办一次" in second.flash
    assert office.rows(select(StaffNotice).where(StaffNotice.read_at.is_not(None)))


def test_used_keys_are_forgotten_when_no_session_can_hold_their_form(
    console: Console, office: Office
) -> None:
    assert rows(office, FormKey)
    for days, kept in ((7, True), (9, False)):
        with transaction(office.services.engine) as db:
            forget_old_form_keys(office.services, db, MONDAY + timedelta(days=days))
        assert bool(rows(office, FormKey)) is kept
