"""Who is not content stands on the home page until somebody has followed it up, and what they say then is on the case."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from bot.appeals.acts import following_up
from models.appeals import Appeal, Attachment
from tests.appeals.talks import Colleagues, message_with, resolved, taps
from tests.chat.test_dialogues import picture
from tests.support.place import Citizen, Place


@pytest.fixture(scope="module")
def desk(place: Place) -> Colleagues:
    return Colleagues.hire(place)


def listed(desk: Colleagues, number: str) -> bool:
    query = select(func.count()).select_from(Appeal).where(Appeal.number == number, following_up.unhappy())
    return bool(desk.place.query(lambda db: db.scalar(query)))


def rates(desk: Colleagues, person: Citizen, solved: str, score: str) -> tuple[str, str]:
    """The number of a case that is rated so, and what the account said then."""
    number = resolved(desk, person)
    taps(person, message_with(person, f"请您评价 {number}"), solved)
    return number, person.says(score)


def test_an_unhappy_answer_is_listed_and_a_happy_one_is_not(desk: Colleagues) -> None:
    happy, _ = rates(desk, desk.place.citizen(), "已解决", "1")
    unhappy, said = rates(desk, desk.place.citizen(), "已解决", "5")
    unsolved, _ = rates(desk, desk.place.citizen(), "未解决", "2")
    assert "直接写下" in said
    assert [listed(desk, number) for number in (happy, unhappy, unsolved)] == [False, True, True]


@pytest.mark.parametrize("first", [(), ("2",)], ids=["instead of an answer", "after declining to reopen"])
def test_what_is_said_then_goes_onto_the_case(desk: Colleagues, first: tuple[str, ...]) -> None:
    person = desk.place.citizen()
    number, _ = rates(desk, person, "未解决", "4")
    for words in first:
        person.says(words)
    appeals = desk.place.count(Appeal)
    assert f"已记到 {number}" in person.says("贷款的事根本没有办，电话也没人接")
    assert f"已记到 {number}" in person.says("银行那边说没接到通知")
    case = desk.case(number)
    assert case.survey_text == "贷款的事根本没有办，电话也没人接\n银行那边说没接到通知"
    said = [event.public_text for event in desk.events(number) if event.action == "said_more"]
    assert said == ["贷款的事根本没有办，电话也没人接", "银行那边说没接到通知"]
    assert desk.place.count(Appeal) == appeals


def test_a_picture_goes_onto_the_case_too(desk: Colleagues) -> None:
    person = desk.place.citizen()
    number, _ = rates(desk, person, "未解决", "5")
    person.says("2")
    assert f"已记到 {number}" in person.sends_picture(picture())
    assert desk.place.count(Attachment, Attachment.appeal_id == desk.case(number).id) == 1


@pytest.mark.parametrize(
    ("words", "hears"),
    [
        ("菜单", "提诉求"),
        ("民营经济促进法", "民营经济促进法"),
        ("企业续贷有什么政策？", "惠企政策"),
        ("8", "学习"),
    ],
)
def test_who_speaks_of_something_else_is_not_held(desk: Colleagues, words: str, hears: str) -> None:
    person = desk.place.citizen()
    number, _ = rates(desk, person, "未解决", "5")
    person.says("2")
    assert hears in person.says(words)
    assert "已记到" not in person.says("园区门口的路灯坏了很久没人修")
    assert desk.case(number).survey_text is None


def test_a_follow_up_takes_it_off_the_list_and_new_words_put_it_back(desk: Colleagues) -> None:
    person = desk.place.citizen()
    number, _ = rates(desk, person, "未解决", "5")
    desk.do(following_up.follow_up, number, "已电话解释，本人要再想想。", by=desk.office)
    assert not listed(desk, number)
    person.says("意见 还是没有解决")
    assert listed(desk, number)


def test_a_case_that_is_taken_up_again_leaves_the_list(desk: Colleagues) -> None:
    person = desk.place.citizen()
    number, _ = rates(desk, person, "未解决", "5")
    person.says("1")
    person.says("设备还是没有修好，请再派人来")
    assert not listed(desk, number)
    desk.handle(number, "第二次已经修好。")
    assert not listed(desk, number), "the answer of the first round is over"
