"""A telephone number inside what somebody wrote is masked like the contact itself, and shown whole for a reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.appeals import by_appellant
from bot.appeals.acts import handling, supervising
from bot.core import clock
from models.appeals import AppealState
from models.audit import AuditEntry
from tests.console.appeals.hands import Desk
from tests.console.visitor import Console
from tests.support.office import MONDAY, Office

pytestmark = pytest.mark.usefixtures("monday")
S = AppealState
BODY = "物业王经理的电话是13755556666，打了三次没人接，押金不退。请找13755556666核实，不然我们只好搬走，员工三十人都等着安置。"


@pytest.fixture
def desk(console: Console) -> Desk:
    return Desk(console)


@pytest.fixture
def office(console: Console) -> Office:
    return console.office


def pages(desk: Desk, who: str, number: str) -> dict[str, str]:
    """Where a case's words stand."""
    act = "note"
    paths = {
        "case": f"/console/appeals/{number}",
        "act": f"/console/appeals/{number}/do/{act}",
        "list": "/console/appeals?tab=all&size=100",
        "papers": "/console/supervisions",
    }
    return {name: desk.opened(who, path).text for name, path in paths.items()}


def test_numbers_in_texts_are_masked_for_everybody(desk: Desk, office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS, body=BODY, phone="13812345678", share_contact=False)
    office.do("unit", handling.note, number, "已打13766667777核实。")
    office.do(
        None, lambda actor, case: by_appellant.supplement(actor.db, case, "新电话13788889999", ()), number
    )
    paper = office.do("leader", supervising.supervise, number, "one", "来电13799990000反映")
    for who in ("clerk", "dispatcher", "leader", "unit"):
        texts = pages(desk, who, number)
        texts["paper"] = desk.opened(who, f"/console/supervisions/{paper.number}").text
        for name, text in texts.items():
            for phone in ("13755556666", "13766667777", "13788889999", "13799990000"):
                assert phone not in text, f"{who} {name}"
        assert "137****6666" in texts["case"], who


def test_who_has_the_contact_whole_reads_the_text_whole(desk: Desk, office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS, body=BODY, phone="13812345678")
    assert "13755556666" in desk.page("unit", number).text, "the lead unit, to whom the appellant gave it"
    assert "13755556666" not in desk.page("clerk", number).text
    listed = desk.opened("unit", "/console/appeals?tab=all&size=100").text
    assert "13812345678" not in listed
    assert "13755556666" not in listed
    assert "王小明" not in listed, "a list shows nobody whole"


def test_a_reason_shows_the_numbers_and_is_kept(desk: Desk, office: Office) -> None:
    number = office.led_to(S.SUBMITTED, body=BODY, contact=None, phone=None, anonymous=True)
    assert "查看完整联系方式" in desk.page("clerk", number).words, "also where only the text has a number"
    clerk = desk.console.at("clerk")
    clerk.get(f"/console/appeals/{number}/contact")
    page = clerk.send(f"/console/appeals/{number}/contact", reason="联系物业核实")
    assert "13755556666" in page.text
    looked = select(AuditEntry).where(AuditEntry.action == "appeal.unmask")
    assert len(office.rows(looked.where(AuditEntry.subject_id == office.case(number).id))) == 1
    desk.opened("unit", "/console/appeals")
    desk.console.at("unit").get(f"/console/appeals/{number}/contact", status=403)


def test_a_paper_prints_the_whole_matter(desk: Desk, office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS, body=BODY)
    paper = office.do("leader", supervising.supervise, number, "one", "诉求人多次来电")
    assert "员工三十人都等着安置。" in desk.opened("unit", f"/console/supervisions/{paper.number}").text


def test_the_history_is_in_the_order_of_time(desk: Desk, office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)
    with clock.frozen(MONDAY + timedelta(minutes=5)):
        office.do("unit", handling.note, number, "先写了备注")
    with clock.frozen(MONDAY + timedelta(minutes=10)):
        office.do(
            "unit", handling.log_contact, number, "电话", "更早的联系", at=MONDAY + timedelta(minutes=2)
        )
        words = desk.page("unit", number).words
        assert words.index("先写了备注") < words.index("更早的联系"), "newest first, by when it took place"
        assert "联系时间：11月23日10:02，11月23日10:10登记" in words
