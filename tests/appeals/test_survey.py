"""回访 by chat: taps and digits, later answers, reopening; never a rating that nobody gave (domain §2.3, §5)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.appeals.acts import surveying
from bot.core import clock
from models.appeal_work import SurveyAnswer
from models.appeals import AppealState
from tests.appeals.talks import Colleagues, message_with, resolved, taps
from tests.support.place import Place


@pytest.fixture(scope="module")
def desk(place: Place) -> Colleagues:
    return Colleagues.hire(place)


def answers(desk: Colleagues, number: str) -> list[SurveyAnswer]:
    case = desk.case(number)
    query = select(SurveyAnswer).where(SurveyAnswer.appeal_id == case.id).order_by(SurveyAnswer.id)
    found: list[SurveyAnswer] = desk.place.query(lambda db: list(db.scalars(query)))
    return found


def link_of(reply: str, words: str) -> str:
    """The id behind a link that says these words."""
    found = re.search(rf"msgmenucontent={words}&(?:amp;)?msgmenuid=(\d+)", reply)
    assert found, reply
    return found.group(1)


def test_two_taps_rate_and_close_the_case(desk: Colleagues) -> None:
    person = desk.place.citizen()
    number = resolved(desk, person)
    message = message_with(person, f"请您评价 {number}")
    assert message["type"] == "msgmenu"
    assert "供电已经恢复" in message["head_content"]
    asked = taps(person, message, "已解决")
    assert desk.case(number).state is AppealState.RESOLVED, "half an answer closes nothing"
    assert "谢谢您的评价" in person.says("很满意", bizmsgmenuid=link_of(asked, "很满意"))
    case = desk.case(number)
    assert (case.state, case.survey_solved, case.survey_score) == (AppealState.CLOSED, "已解决", "很满意")
    assert case.closed_at is not None
    assert [e.action for e in desk.events(number)][-3:] == ["surveyed", "surveyed", "closed"]
    assert "已记入" in person.says("意见：办得很快，谢谢")
    assert desk.case(number).survey_text == "办得很快，谢谢"


def test_a_tap_counts_inside_another_form_and_only_for_ones_own_case(desk: Colleagues) -> None:
    person, stranger = desk.place.citizen(), desk.place.citizen()
    number = resolved(desk, person)
    item = next(
        one for one in message_with(person, f"请您评价 {number}")["list"] if one["content"] == "部分解决"
    )
    assert "没有等您评价" in stranger.says("部分解决", bizmsgmenuid=item["id"])
    assert desk.case(number).survey_solved is None
    person.says("6")
    assert "满意吗" in person.says("部分解决", bizmsgmenuid=item["id"])
    assert desk.case(number).survey_solved == "部分解决"


def test_who_speaks_of_something_else_is_not_held(desk: Colleagues) -> None:
    person = desk.place.citizen()
    number = resolved(desk, person)
    taps(person, message_with(person, f"请您评价 {number}"), "已解决")
    assert "惠企政策" in person.says("政策")
    case = desk.case(number)
    assert (case.survey_solved, case.survey_score, case.state) == ("已解决", None, AppealState.RESOLVED)


def test_a_later_answer_replaces_the_earlier_one_which_is_kept(desk: Colleagues) -> None:
    person = desk.place.citizen()
    number = resolved(desk, person)
    taps(person, message_with(person, f"请您评价 {number}"), "已解决")
    person.says("1")
    person.says(f"回访 {number} 2")
    person.says("3")
    kept = answers(desk, number)
    assert [(a.solved, a.score, a.replaced) for a in kept] == [
        ("已解决", "很满意", True),
        ("部分解决", "基本满意", False),
    ]
    case = desk.case(number)
    assert (case.survey_solved, case.survey_score, case.state) == ("部分解决", "基本满意", AppealState.CLOSED)


def test_who_is_not_content_reopens_in_one_tap_at_most_twice(desk: Colleagues) -> None:
    person = desk.place.citizen()
    number = resolved(desk, person)
    before = desk.case(number)
    taps(person, message_with(person, f"请您评价 {number}"), "未解决")
    offered = person.says("5")
    assert "要重新办理吗" in offered
    assert "写明" in person.says("要求重新办理", bizmsgmenuid=link_of(offered, "要求重新办理"))
    assert "已重新办理" in person.says("今天又停电了，没有人来修")
    case = desk.case(number)
    assert (case.state, case.reopen_count, case.appellant_reopens) == (AppealState.IN_PROGRESS, 1, 1)
    assert case.unit_id == before.unit_id
    assert case.due_at is not None
    assert any("重新办理" in text for text in desk.told_unit(number))
    assert any(
        e.action == "reopened" and e.detail["words"] == "今天又停电了，没有人来修"
        for e in desk.events(number)
    )
    desk.handle(number, "线路已经更换。")
    assert "写明" in person.says(f"重新办理 {number}")
    person.says("还是时好时坏，请彻底解决")
    desk.handle(number, "变压器已经更换。")
    assert "没有可以要求重新办理" in person.says(f"重新办理 {number}")
    assert desk.case(number).appellant_reopens == 2


def test_fifteen_days_after_closing_it_is_over(desk: Colleagues) -> None:
    person = desk.place.citizen()
    number = resolved(desk, person)
    desk.do(surveying.record_survey, number, "已解决", "满意")
    assert "满意吗" in person.says(f"回访 {number} 2")
    desk.place.travel_to(clock.now() + timedelta(days=19))
    assert "现在不用评价" in person.says(f"回访 {number} 3")
    assert "没有可以要求重新办理" in person.says(f"重新办理 {number}")
    assert desk.case(number).survey_solved == "部分解决"
