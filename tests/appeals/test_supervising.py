"""Steps up (domain §3.3): each notice once per level and case, only in working hours; papers with numbers."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot.appeals import escalation
from bot.appeals.actor import Refused
from bot.appeals.acts import closing, supervising
from bot.core import clock
from bot.core.db import transaction
from models.appeal_work import Supervision
from models.appeals import AppealState
from models.staff import StaffNotice
from tests.appeals.test_guards import _merge
from tests.support.office import MONDAY, Office, accept, approve, dispatch, hand_in

pytestmark = pytest.mark.usefixtures("monday")

S = AppealState


def _notify(office: Office, text: str) -> None:
    moment = datetime.fromisoformat(f"2026-{text}:00+08:00")
    with clock.frozen(moment), transaction(office.services.engine) as db:
        escalation.notify(office.services, db, moment)


def _papers(office: Office, number: str) -> list[Supervision]:
    case = office.case(number)
    return office.rows(select(Supervision).where(Supervision.appeal_id == case.id).order_by(Supervision.id))


def _levels(office: Office, number: str) -> list[str]:
    return [paper.level for paper in _papers(office, number)]


def test_a_late_case_goes_up_step_by_step_and_each_is_sent_once(office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)  # due on Wednesday, 12-02, 17:30
    expected: list[str] = []
    for moment, more in (
        ("11-27T10:00", []),
        ("11-30T08:59", []),  # not in working hours
        ("11-30T09:00", ["yellow"]),
        ("12-02T17:31", []),  # late, but after hours
        ("12-03T09:00", ["red"]),
        ("12-03T17:29", []),
        ("12-04T09:00", ["urge"]),
        ("12-05T10:00", []),  # Saturday
        ("12-08T09:00", ["one"]),
        ("12-10T09:00", ["two"]),
        ("12-17T09:00", ["three"]),
        ("12-18T09:00", []),
    ):
        _notify(office, moment)
        expected += more
        assert _levels(office, number) == expected, moment
    papers = {paper.level: paper for paper in _papers(office, number)}
    assert [papers[level].number is not None for level in ("yellow", "urge", "one", "two", "three")] == [
        False, False, True, True, True,
    ]  # fmt: skip
    assert office.case(number).supervision_level == 3
    heard = {(notice.kind, notice.role or "unit") for notice in office.notices(number)}
    assert heard >= {
        ("yellow", "unit"), ("red", "unit"), ("red", "dispatcher"), ("urge", "unit"), ("one", "dispatcher"),
        ("two", "leader"), ("three", "leader"),
    }  # fmt: skip


def test_numbers_of_papers_run_through_the_year(office: Office) -> None:
    numbers = [office.led_to(S.IN_PROGRESS) for _ in range(2)]
    for number in numbers:
        office.do("leader", supervising.supervise, number, "three", "区领导批示")
    first, second = (_papers(office, number)[0].number or "" for number in numbers)
    assert first.startswith("DB2026")
    assert int(second[6:]) == int(first[6:]) + 1
    with clock.frozen(datetime.fromisoformat("2027-01-04T10:00:00+08:00")):
        office.do("leader", supervising.supervise, numbers[0], "two", "区领导批示")
    assert _papers(office, numbers[0])[-1].number == "DB2027001"


def test_a_level_is_ordered_once_and_answered_once(office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)
    office.do("leader", supervising.supervise, number, "one", "区领导批示")
    with pytest.raises(Refused, match="只发一次"):
        office.do("leader", supervising.supervise, number, "one", "再催")
    paper = _papers(office, number)[0]
    with office.desk("unit") as desk:
        row = desk.db.get_one(Supervision, paper.id)
        supervising.answer_supervision(desk, row, "本周内办结")
        with pytest.raises(Refused, match="已经回复过"):
            supervising.answer_supervision(desk, row, "再回")
    assert _papers(office, number)[0].answer == "本周内办结"


def test_reopening_goes_up_though_nothing_is_late(office: Office) -> None:
    number = office.led_to(S.CLOSED)
    office.do("clerk", closing.reopen, number, "没解决")
    _notify(office, "11-23T11:00")
    assert _levels(office, number) == ["one"]
    hand_in(office, number)
    approve(office, number)
    office.do("clerk", closing.reopen, number, "还是没解决")
    _notify(office, "11-23T11:10")
    assert _levels(office, number) == ["one", "two"]


def test_five_appellants_go_up_to_the_leader(office: Office) -> None:
    master = office.file()
    for _ in range(3):
        _merge(office, office.file(), master)
    openid = office.case(master).openid
    _merge(office, office.file(openid=openid), master)  # the same person twice
    accept(office, master)
    dispatch(office, master)
    _notify(office, "11-23T11:00")
    assert _levels(office, master) == []
    _merge(office, office.file(), master)
    _notify(office, "11-23T11:10")
    assert _levels(office, master) == ["two"]


def test_a_pause_raises_no_alarm(office: Office) -> None:
    number = office.led_to(S.ON_HOLD)
    _notify(office, "12-18T10:00")
    assert _levels(office, number) == []


def test_the_morning_s_digest_goes_to_units_and_dispatchers(office: Office) -> None:
    late, fresh = office.led_to(S.IN_PROGRESS), office.file()
    secret = office.led_to(S.IN_PROGRESS, type="举报")
    before = {notice.id for notice in office.rows(select(StaffNotice))}
    moment = MONDAY + timedelta(days=14)
    with clock.frozen(moment), transaction(office.services.engine) as db:
        escalation.digest(office.services, db, moment)
    new = [notice for notice in office.rows(select(StaffNotice)) if notice.id not in before]
    of_unit = next(notice.text for notice in new if notice.unit_id == office.units["unit"])
    assert of_unit.startswith("今日超期 ")
    assert len(of_unit) <= 200
    assert all(notice.kind == "digest" for notice in new)
    by_role = {notice.role: notice.text for notice in new if notice.role}
    assert by_role.keys() == {"dispatcher", "leader"}
    assert secret in by_role["leader"]
    assert secret not in by_role["dispatcher"]
    assert late != fresh
