"""What happens by itself: reminders and lapses, parked cases, estimated dates, each by its job."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from bot.appeals import jobs
from bot.appeals.acts import closing
from bot.core import clock, workdays
from bot.runtime.jobs import Body, fixed_jobs, run_once
from models.appeals import AppealState
from tests.support.office import Office

pytestmark = pytest.mark.usefixtures("monday")

S = AppealState


def _run(office: Office, job: Body, text: str) -> None:
    moment = datetime.fromisoformat(f"{text}:00+08:00")
    with clock.frozen(moment):
        run_once(office.services, fixed_jobs()[job.__name__], moment)


def _actions(office: Office, number: str) -> list[str]:
    return [event.action for event in office.events(number)]


def test_a_question_is_repeated_on_day_three_and_lapses_on_day_five(office: Office) -> None:
    number = office.led_to(S.NEED_INFO)  # asked on Monday, 11-23
    for text, actions in (
        ("2026-11-25T16:05", ["filed", "asked"]),
        ("2026-11-26T08:35", ["filed", "asked"]),
        ("2026-11-26T09:05", ["filed", "asked", "reminded"]),
        ("2026-11-27T09:05", ["filed", "asked", "reminded"]),
        ("2026-11-30T17:05", ["filed", "asked", "reminded"]),
        ("2026-11-30T17:35", ["filed", "asked", "reminded", "lapsed"]),
    ):
        _run(office, jobs.remind_of_questions, text)
        assert _actions(office, number) == actions, text
    assert office.case(number).state is S.CLOSED
    assert "12月15日前可以要求重新办理" in office.messages(number)[-1].text
    with clock.frozen(datetime.fromisoformat("2026-12-01T10:00:00+08:00")):
        office.do("clerk", closing.reopen, number, "电话里补充了")
    case = office.case(number)
    assert case.state is S.SUBMITTED
    assert f"{clock.local(case.acceptance_due_at):%m-%d %H:%M}" == "12-02 17:30"


def test_who_is_reminded_late_still_has_two_days(office: Office) -> None:
    number = office.led_to(S.NEED_INFO)
    _run(office, jobs.remind_of_questions, "2026-12-07T10:05")  # after a long downtime
    assert office.case(number).state is S.NEED_INFO
    _run(office, jobs.remind_of_questions, "2026-12-09T17:35")
    assert office.case(number).state is S.CLOSED


def test_an_undone_lapse_begins_anew(office: Office) -> None:
    number = office.led_to(S.NEED_INFO)
    _run(office, jobs.remind_of_questions, "2027-01-04T10:05")
    _run(office, jobs.remind_of_questions, "2027-01-07T10:05")
    with clock.frozen(datetime.fromisoformat("2027-01-08T10:00:00+08:00")):
        office.do("clerk", closing.undo_close, number, "当事人来过电话")
        assert office.case(number).state is S.NEED_INFO
    _run(office, jobs.remind_of_questions, "2027-01-08T11:05")
    assert office.case(number).state is S.NEED_INFO


def test_a_survey_is_repeated_once_and_then_lapses_without_a_good_rating(office: Office) -> None:
    number = office.led_to(S.RESOLVED)  # open until 11-30, 17:30
    for text, state in (
        ("2026-11-26T10:10", S.RESOLVED),
        ("2026-11-27T10:10", S.RESOLVED),
        ("2026-11-30T17:10", S.RESOLVED),
        ("2026-12-01T10:10", S.CLOSED),
    ):
        _run(office, jobs.remind_of_surveys, text)
        assert office.case(number).state is state, text
    assert _actions(office, number).count("survey_reminded") == 1
    case = office.case(number)
    assert (case.survey_solved, case.survey_score) == (None, None)


def test_a_survey_that_nobody_was_reminded_of_stays_open(office: Office) -> None:
    number = office.led_to(S.RESOLVED)
    _run(office, jobs.remind_of_surveys, "2026-12-10T10:10")
    assert office.case(number).state is S.RESOLVED
    _run(office, jobs.remind_of_surveys, "2026-12-15T10:10")
    assert office.case(number).state is S.CLOSED


def test_a_parked_case_is_taken_up_on_its_day(office: Office) -> None:
    number = office.led_to(S.ON_HOLD)  # 30 days: until 12-23
    _run(office, jobs.review_holds, "2026-12-22T10:15")
    assert office.case(number).state is S.ON_HOLD
    _run(office, jobs.review_holds, "2026-12-23T08:45")
    assert office.case(number).state is S.ON_HOLD
    _run(office, jobs.review_holds, "2026-12-23T09:15")
    case = office.case(number)
    assert case.state is S.IN_PROGRESS
    assert f"{clock.local(case.due_at or case.received_at):%m-%d}" == "01-04"


def test_estimated_dates_are_put_right_when_the_calendar_comes(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workdays, "CALENDARS", tmp_path)
    with clock.frozen(datetime.fromisoformat("2026-12-28T10:00:00+08:00")):
        number = office.led_to(S.IN_PROGRESS)
    assert office.case(number).deadline_estimated
    _run(office, jobs.recalculate_estimated_dates, "2026-12-28T10:40")
    assert _actions(office, number)[-1] == "signed"
    rest = ", ".join(f"2027-01-0{day}" for day in (1, 2, 3, 4, 5))  # the notice gives two days more
    (tmp_path / "2027.toml").write_text(f"rest_days = [{rest}]\nworking_days = [2027-01-10]\n")
    assert not workdays.is_workday(date(2027, 1, 4))  # a file counts at once
    _run(office, jobs.recalculate_estimated_dates, "2026-12-28T10:45")
    case = office.case(number)
    assert not case.deadline_estimated
    assert f"{clock.local(case.due_at or case.received_at):%m-%d %H:%M}" == "01-10 17:30"
    assert "1月10日17:30" in office.messages(number)[-1].text
    assert _actions(office, number)[-1] == "recalculated"
