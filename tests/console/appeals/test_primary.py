"""The one thing to do next: on every case's page, for everybody, one filled button where something is to be done."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from bot.appeals import by_appellant
from bot.appeals.acts import closing, contesting, extending, handling, supervising, supporting
from bot.core import clock
from models.appeals import AppealState
from tests.console.appeals.hands import Desk
from tests.console.visitor import Console
from tests.support.office import MONDAY, Office

pytestmark = pytest.mark.usefixtures("monday")
S = AppealState
PEOPLE = ("clerk", "dispatcher", "leader", "unit", "helper")
# Who has the next step in a state, and which; for the others nothing is filled.
NEXT: dict[AppealState, dict[str, str]] = {
    S.SUBMITTED: {"clerk": "accept", "dispatcher": "accept", "leader": "accept"},
    S.NEED_INFO: {},
    S.DECLINED: {},
    S.ACCEPTED: {"dispatcher": "dispatch", "leader": "dispatch"},
    S.DISPATCHED: {"unit": "sign"},
    S.IN_PROGRESS: {"unit": "log_contact"},
    S.ON_HOLD: {},
    S.PENDING_REVIEW: {"dispatcher": "approve", "leader": "approve"},
    S.RESOLVED: dict.fromkeys(("clerk", "dispatcher", "leader"), "record_survey"),
    S.CLOSED: {},
    S.MERGED: {},
    S.WITHDRAWN: {},
}


@pytest.fixture
def desk(console: Console) -> Desk:
    return Desk(console)


@pytest.fixture
def office(console: Console) -> Office:
    return console.office


def filled(desk: Desk, who: str, number: str) -> list[str]:
    """The acts behind the filled buttons of a case's page."""
    page = desk.console.at(who).get(f"/console/appeals/{number}").text
    buttons = re.findall(r'<(?:a|button)[^>]*class="[^"]*\bprimary\b[^"]*"[^>]*>', page)
    return [found[1] if (found := re.search(r"/do/(\w+)", one)) else one for one in buttons]


def sees(office: Office, who: str, number: str) -> bool:
    return who not in ("unit", "helper") or office.case(number).unit_id == office.units[who]


@pytest.mark.parametrize("state", list(S))
def test_one_filled_button_where_something_is_to_be_done(desk: Desk, office: Office, state: S) -> None:
    number = office.led_to(state)
    for who in PEOPLE:
        if sees(office, who, number):
            wanted = NEXT[state].get(who)
            assert filled(desk, who, number) == ([wanted] if wanted else []), who


def test_a_consultation_is_answered_at_once(desk: Desk, office: Office) -> None:
    number = office.led_to(S.ACCEPTED, type="咨询")
    assert filled(desk, "clerk", number) == ["answer_at_once"]
    assert filled(desk, "dispatcher", number) == ["answer_at_once"]


def test_after_the_contact_the_result_is_next(desk: Desk, office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)
    office.do("unit", handling.log_contact, number, "电话", "联系上了")
    assert filled(desk, "unit", number) == ["hand_in"]


def test_a_contest_waits_for_the_dispatcher_and_holds_the_unit(desk: Desk, office: Office) -> None:
    number = office.led_to(S.DISPATCHED)
    office.do("unit", contesting.contest, number, "不属于本单位职责")
    assert filled(desk, "unit", number) == []
    assert filled(desk, "dispatcher", number) == ["decide_contest"]


def test_a_wish_for_time_waits_for_the_dispatcher(desk: Desk, office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)
    until = clock.local(office.case(number).due_at or MONDAY).date() + timedelta(days=4)
    office.do("unit", extending.ask_extension, number, "银行审批还要几天", until)
    assert filled(desk, "dispatcher", number) == ["decide_extension"]


def test_a_supporting_unit_reports_once(desk: Desk, office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)
    office.do("dispatcher", supporting.add_support, number, "helper", "请核对纳税情况")
    assert filled(desk, "helper", number) == ["report_support"]
    office.do("dispatcher", supporting.add_support, number, "other", "请核对规划")
    office.do("helper", supporting.report_support, number, "已核对")
    assert filled(desk, "helper", number) == [], "what another unit owes is not theirs"


def test_a_paper_is_answered_although_the_result_is_in(desk: Desk, office: Office) -> None:
    number = office.led_to(S.PENDING_REVIEW)
    office.do("leader", supervising.supervise, number, "one", "诉求人多次来电")
    assert filled(desk, "unit", number) == ["answer_supervision"]


def test_after_the_persons_own_answer_no_survey_is_filled(desk: Desk, office: Office) -> None:
    number = office.led_to(S.RESOLVED)
    office.do(None, lambda actor, case: by_appellant.rate(actor.db, case, solved="未解决"), number)
    assert filled(desk, "clerk", number) == ["follow_up"], "not content: ask them first"
    office.do(None, lambda actor, case: by_appellant.rate(actor.db, case, solved="已解决"), number)
    assert filled(desk, "clerk", number) == ["close"]
    office.do("clerk", closing.close, number, "本人已评价")
    assert filled(desk, "clerk", number) == []
