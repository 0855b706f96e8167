"""The appellant's side while a case is open: questions answered, repeats pointed out, reports kept close, withdrawal."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.appeals.acts import acceptance, dispatching
from bot.core import clock
from bot.core.refusals import Refusal
from models.appeals import Appeal, AppealState, Attachment
from models.staff import StaffNotice
from models.units import Unit
from tests.appeals.talks import Colleagues, file_one, message_with
from tests.chat.test_dialogues import picture
from tests.support.place import Place
from tests.support.variants import ON_SQLITE

pytestmark = ON_SQLITE  # the statements: test_survey.py and tests/chat/test_dialogues.py


GRADES: dict[str, Any] = {"type": "求助", "category": "其他", "urgency": "一般", "difficulty": "一般"}


@pytest.fixture(scope="module")
def desk(place: Place) -> Colleagues:
    return Colleagues.hire(place)


def test_the_next_words_answer_a_question_and_the_clock_goes_on(desk: Colleagues) -> None:
    person = desk.place.citizen()
    number = file_one(person, "园区北门限高，货车进不去")
    before = desk.case(number)
    desk.ask(number, "限高杆是哪家单位装的？")
    message_with(person, "限高杆是哪家单位装的")
    assert desk.case(number).paused_at is not None
    desk.place.travel_to(clock.now() + timedelta(days=3))
    assert f"已补充到 {number}" in person.says("是园区物业上个月装的，有照片")
    case = desk.case(number)
    assert (case.state, case.paused_at) == (AppealState.SUBMITTED, None)
    assert case.acceptance_due_at > before.acceptance_due_at
    assert case.version > before.version + 1
    assert desk.events(number)[-1].public_text == "是园区物业上个月装的，有照片"
    told = select(StaffNotice).where(StaffNotice.appeal_id == case.id, StaffNotice.role == "clerk")
    assert desk.place.query(lambda db: [n.kind for n in db.scalars(told)])[-1] == "supplemented"


def test_a_picture_answers_a_question(desk: Colleagues) -> None:
    person = desk.place.citizen()
    number = file_one(person, "园区北门限高，货车进不去")
    desk.ask(number, "请发一张现场照片。")
    message_with(person, "请发一张现场照片")
    assert f"已补充到 {number}" in person.sends_picture(picture())
    case = desk.case(number)
    assert case.state is AppealState.SUBMITTED
    assert desk.place.count(Attachment, Attachment.appeal_id == case.id) == 1


def test_a_menu_word_or_digit_after_a_question_is_no_answer(desk: Colleagues) -> None:
    person = desk.place.citizen()
    number = file_one(person, "园区北门限高，货车进不去")
    person.says("谢谢")
    desk.ask(number, "限高杆是哪家单位装的？")
    message_with(person, "限高杆是哪家单位装的")
    assert "惠企政策" in person.says("1")
    assert desk.case(number).state is AppealState.NEED_INFO
    person.says("贷款有什么政策")
    assert desk.case(number).state is AppealState.NEED_INFO, "something else has been said since"
    assert number in person.says("补充 园区物业装的")
    person.says("完成")
    assert desk.case(number).state is AppealState.SUBMITTED


def test_supplements_at_once_are_all_kept(desk: Colleagues) -> None:
    """The same person from two sides of the desk: their word and the office's entry queue on the case's row."""
    person = desk.place.citizen()
    number = file_one(person, "园区北门限高，货车进不去")
    desk.ask(number, "限高杆是哪家单位装的？")
    message_with(person, "限高杆是哪家单位装的")
    threads = [
        threading.Thread(target=person.says, args=("是园区物业装的",)),
        threading.Thread(target=lambda: _answer_by_phone(desk, number)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    case, events = desk.case(number), desk.events(number)
    assert case.state is AppealState.SUBMITTED
    assert case.version == len(events), "every event but the first raises the version"
    assert (
        sum(e.from_state is AppealState.NEED_INFO and e.to_state is AppealState.SUBMITTED for e in events)
        == 1
    )


def _answer_by_phone(desk: Colleagues, number: str) -> None:
    try:
        desk.do(acceptance.record_answer, number, "电话里说是物业装的")
    except Refusal:
        return  # the other one came first


def test_withdrawing_tells_the_unit(desk: Colleagues) -> None:
    person = desk.place.citizen()
    number = file_one(person, "园区北门限高，货车进不去")
    desk.do(acceptance.accept, number, **GRADES)
    unit = desk.place.query(lambda db: db.get_one(Unit, desk.unit))
    desk.do(dispatching.dispatch, number, unit)
    person.says(f"撤回 {number}")
    assert "已撤回" in person.says("1")
    assert any("不用再办理" in text for text in desk.told_unit(number))


def test_the_same_matter_again_is_shown_the_first_and_added_to_it(desk: Colleagues) -> None:
    person = desk.place.citizen()
    number = file_one(person, "园区北门限高两米，我们的货车进不去，影响发货")
    before = desk.place.count(Appeal)
    for said in ("6", "2", "12", "园区北门限高两米，我们的货车还是进不去，影响发货！"):
        person.says(said)
    shown = person.says("完成")
    assert number in shown
    assert "等待受理" in shown
    assert f"已补充到 {number}" in person.says("1")
    assert desk.place.count(Appeal) == before
    assert [e.action for e in desk.events(number)] == ["filed", "repeated", "supplemented"]


def test_a_repeat_can_still_be_filed(desk: Colleagues) -> None:
    person = desk.place.citizen()
    first = file_one(person, "园区北门限高两米，我们的货车进不去，影响发货")
    for said in ("6", "2", "12", "园区北门限高两米，我们的货车进不去，影响发货", "完成", "2", "星光公司", "王明 13800138000", "1"):  # fmt: skip
        person.says(said)
    receipt = person.says("1")
    assert "诉求已提交" in receipt
    assert first not in receipt
    assert [e.action for e in desk.events(first)] == ["filed", "repeated"]


def test_another_matter_or_another_person_is_no_repeat(desk: Colleagues) -> None:
    person, other = desk.place.citizen(), desk.place.citizen()
    file_one(person, "园区北门限高两米，我们的货车进不去，影响发货")
    assert file_one(person, "银行突然抽贷，流动资金断了，请协调续贷")
    assert file_one(other, "园区北门限高两米，我们的货车进不去，影响发货")


def test_a_report_may_be_anonymous_and_is_confidential(desk: Colleagues) -> None:
    person = desk.place.citizen()
    person.says("6")
    person.says("4")
    person.says("14")
    person.says("某单位工作人员索要财物，时间是上月五号")
    assert "匿名" in person.says("完成")
    assert "匿名举报" in person.says("跳过")
    for said in ("匿名", "1"):
        person.says(said)
    receipt = person.says("1")
    number = next(line.removeprefix("编号：") for line in receipt.splitlines() if line.startswith("编号："))
    case = desk.case(number)
    assert (case.type, case.confidential, case.anonymous) == ("举报", True, True)
    assert (case.contact, case.phone, case.phone_tail, case.company, case.share_contact) == (
        None,
        None,
        None,
        None,
        False,
    )
    ordinary = desk.case(file_one(desk.place.citizen(), "园区北门限高，货车进不去"))
    assert not ordinary.confidential
    assert ordinary.phone_tail == "8000"


def test_sensitive_numbers_in_the_form_are_warned_about(desk: Colleagues) -> None:
    person = desk.place.citizen()
    for said in ("6", "2", "12"):
        person.says(said)
    assert "身份证号" in person.says("我的身份证是11010519491231002X，请帮忙")
    assert "提醒" not in person.says("厂房漏水三个月了")
