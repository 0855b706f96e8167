"""Promised dates, pauses, extensions and lights by hand-made vectors (domain §3.1–§3.3). Working days themselves are
tested in tests/core/test_workdays.py."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from bot.appeals import deadlines, lights
from bot.core import clock
from bot.core.settings import AppealsSettings
from models.appeals import Appeal, AppealState

pytestmark = pytest.mark.usefixtures("monday")

RULES = AppealsSettings()
CLOSE = (17, 30)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}:00+08:00")


@pytest.mark.parametrize(
    ("type", "urgency", "difficulty", "days"),
    [
        ("求助", "一般", "一般", 7),
        ("投诉", "一般", "复杂", 15),
        ("咨询", "一般", "一般", 2),
        ("咨询", "一般", "复杂", 2),
        ("咨询", "紧急", "一般", 1),
        ("举报", "紧急", "复杂", 1),
    ],
)
def test_days_for_handling(type: str, urgency: str, difficulty: str, days: int) -> None:
    assert deadlines.handling_days(RULES, type, urgency, difficulty) == days


@pytest.mark.parametrize(
    ("due", "since", "until", "expected", "why"),
    [
        ("12-02T17:30", "11-25T10:00", "11-30T10:00", "12-07T17:30", "stood three working days over a weekend"),
        ("12-02T17:30", "11-25T10:00", "11-25T16:00", "12-02T17:30", "on the same day nothing is lost"),
        ("12-02T17:30", "11-27T18:00", "11-29T10:00", "12-02T17:30", "over a weekend nothing is lost"),
        ("11-25T17:30", "11-25T10:00", "11-25T18:00", "11-26T17:30", "a pause does not make it late"),
        ("11-25T17:30", "11-25T10:00", "11-28T10:00", "11-30T17:30", "nor one that ends on a rest day"),
        ("11-25T17:30", "11-25T10:00", "11-27T10:00", "11-27T17:30", "the last day is given again"),
        ("11-20T17:30", "11-23T10:00", "11-26T10:00", "11-25T17:30", "late before stays as late"),
        ("09-30T17:30", "09-28T10:00", "10-09T10:00", "10-12T17:30", "a holiday and a working Saturday between"),
    ],
)  # fmt: skip
def test_a_pause_gives_the_days_that_were_left_again(
    due: str, since: str, until: str, expected: str, why: str
) -> None:
    assert deadlines.after_pause(_at(due), _at(since), _at(until), CLOSE) == _at(expected), why


def test_what_is_met_does_not_move_when_the_clock_goes_on() -> None:
    case = _case(S.IN_PROGRESS, due="12-02T17:30")
    case.paused_at, case.first_contact_at = _at("11-25T10:00"), _at("11-24T10:00")
    case.contact_due_at = _at("11-26T17:30")
    deadlines.go_on(case, _at("11-30T10:00"), CLOSE)
    assert (case.due_at, case.contact_due_at) == (_at("12-07T17:30"), _at("11-26T17:30"))
    assert case.paused_at is None


@pytest.mark.parametrize(
    ("due", "moment", "late"),
    [
        ("11-27T17:30", "11-27T17:31", 0),
        ("11-27T17:30", "11-30T17:29", 0),
        ("11-27T17:30", "11-30T17:30", 1),
        ("11-27T17:30", "12-02T09:00", 2),
        ("11-27T17:30", "12-02T17:30", 3),
        ("09-30T17:30", "10-07T12:00", 0),
        ("09-30T17:30", "10-10T17:30", 3),
    ],
)
def test_full_working_days_late(due: str, moment: str, late: int) -> None:
    assert deadlines.days_late(_at(due), _at(moment), CLOSE) == late


def test_an_extension_is_asked_in_time_and_at_most_the_limit_again() -> None:
    due = _at("12-02T17:30")  # Wednesday
    assert deadlines.last_day_to_ask(due, 1) == date(2026, 12, 1)
    assert deadlines.last_day_to_ask(_at("11-30T17:30"), 1) == date(2026, 11, 27)
    assert deadlines.latest_extension(due, 7) == date(2026, 12, 11)


def test_other_days_move_a_limit_but_never_into_the_past() -> None:
    due, moment = _at("12-02T17:30"), _at("11-27T10:00")
    assert deadlines.regraded(due, 7, 15, moment, CLOSE) == _at("12-14T17:30")
    assert deadlines.regraded(due, 7, 5, moment, CLOSE) == _at("11-30T17:30")
    assert deadlines.regraded(due, 7, 1, moment, CLOSE) == _at("11-30T17:30")  # 11-24 would be past


def test_plain_days_that_end_on_a_rest_day_run_on() -> None:
    assert deadlines.plain_days(_at("11-23T10:00"), 5, CLOSE).at == _at("11-30T17:30")
    assert deadlines.hold_ends(date(2026, 10, 1)) == date(2026, 10, 8)


def test_statutory_dates_of_arrears() -> None:
    dates = deadlines.arrears(RULES, _at("11-23T10:00"))
    assert dates.transfer == date(2026, 12, 7)
    assert dates.result == date(2026, 12, 23)
    assert dates.limit == date(2027, 2, 22)  # 2027-02-21 is a Sunday


S = AppealState
LIGHTS: list[tuple[AppealState, dict[str, str], int, str, str]] = [
    (S.SUBMITTED, {"acceptance_due_at": "11-26T17:30"}, 7, "11-24T10:00", "green"),
    (S.SUBMITTED, {"acceptance_due_at": "11-25T17:30"}, 7, "11-24T10:00", "yellow"),
    (S.SUBMITTED, {"acceptance_due_at": "11-23T17:30"}, 7, "11-24T10:00", "red"),
    (S.ACCEPTED, {"sign_due_at": "11-23T17:30"}, 7, "11-24T10:00", "red"),
    (S.NEED_INFO, {"acceptance_due_at": "11-23T17:30"}, 7, "11-24T10:00", "none"),
    (S.DISPATCHED, {"sign_due_at": "11-30T17:30", "due_at": "12-02T17:30"}, 7, "11-24T10:00", "green"),
    (S.DISPATCHED, {"sign_due_at": "11-23T17:30", "due_at": "12-02T17:30"}, 7, "11-24T10:00", "red"),
    (S.IN_PROGRESS, {"due_at": "12-02T17:30"}, 7, "11-27T10:00", "green"),  # 3 of 7 left
    (S.IN_PROGRESS, {"due_at": "12-02T17:30"}, 7, "11-30T10:00", "yellow"),  # 2 of 7 left
    (S.IN_PROGRESS, {"due_at": "12-02T17:30"}, 15, "11-25T10:00", "yellow"),  # 5 of 15 left
    (S.IN_PROGRESS, {"due_at": "12-02T17:30"}, 15, "11-24T10:00", "green"),  # 6 of 15 left
    (S.IN_PROGRESS, {"due_at": "12-02T17:30"}, 2, "12-02T17:30", "yellow"),
    (S.IN_PROGRESS, {"due_at": "12-02T17:30"}, 2, "12-02T17:31", "red"),
    (S.IN_PROGRESS, {"due_at": "11-23T17:30", "extended_due_at": "12-02T17:30"}, 7, "11-24T10:00", "green"),
    (S.IN_PROGRESS, {"due_at": "12-02T17:30", "contact_due_at": "11-24T17:30"}, 7, "11-24T10:00", "yellow"),
    (S.IN_PROGRESS, {"due_at": "12-02T17:30", "contact_due_at": "11-23T17:30"}, 7, "11-24T10:00", "red"),
    (S.PENDING_REVIEW, {"due_at": "12-02T17:30", "review_due_at": "11-24T17:30"}, 7, "11-24T10:00", "yellow"),
    (S.PENDING_REVIEW, {"due_at": "11-23T17:30", "review_due_at": "11-26T17:30"}, 7, "11-24T10:00", "red"),
    (S.ON_HOLD, {"due_at": "11-23T17:30"}, 7, "11-24T10:00", "none"),
    (S.RESOLVED, {"due_at": "11-23T17:30"}, 7, "11-24T10:00", "none"),
    (S.CLOSED, {"due_at": "11-23T17:30"}, 7, "11-24T10:00", "none"),
]  # fmt: skip


def _case(state: AppealState, due: str | None = None, days: int = 7, **dues: str) -> Appeal:
    given = {name: _at(text) for name, text in dues.items()}
    if due:
        given["due_at"] = _at(due)
    given.setdefault("acceptance_due_at", _at("11-23T17:30"))
    return Appeal(
        state=state,
        limit_days=days,
        accepted_at=None if state is S.SUBMITTED else _at("11-20T10:00"),
        **given,
    )


@pytest.mark.parametrize(("state", "dues", "days", "moment", "colour"), LIGHTS)
def test_lights(state: AppealState, dues: dict[str, str], days: int, moment: str, colour: str) -> None:
    found = lights.light(_case(state, days=days, **dues), _at(moment))
    assert found.colour.value == colour, found
    assert (found.words == "") == (state in (S.RESOLVED, S.CLOSED))


def test_a_light_says_why() -> None:
    case = _case(S.IN_PROGRESS, due="12-02T17:30", contact_due_at="11-20T17:30")
    assert lights.light(case, _at("11-24T18:00")).words == "首次联系已超期 2 个工作日"
    assert clock.local(_at("11-24T18:00")).hour == 18
