"""回访 where nothing can be tapped: a verified subscription account, and one that may send nothing by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from models.appeals import AppealState
from models.outgoing import Delivery, DeliveryState
from tests.appeals.talks import Colleagues, file_one, message_with, resolved
from tests.support.place import Citizen, Place, eventually
from tests.support.variants import ON_SQLITE

pytestmark = ON_SQLITE  # the statements: test_survey.py


@pytest.fixture(scope="module", params=["true", "false"], ids=["verified", "unverified"])
def desk(
    request: pytest.FixtureRequest,
    new_database: Callable[[], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Colleagues]:
    """The office of a subscription account."""
    folder = tmp_path_factory.mktemp("subscription")
    with Place.open(new_database(), folder, kind="subscription", verified=request.param) as opened:
        yield Colleagues.hire(opened)


def all_wait(desk: Colleagues, person: Citizen) -> None:
    """Until every message to this person is known to wait for their next words."""
    ours = Delivery.recipient == person.openid
    eventually(lambda: not desk.place.count(Delivery, ours, Delivery.state == DeliveryState.QUEUED))


def see_survey(desk: Colleagues, person: Citizen, number: str) -> None:
    """Until the survey is the last thing on the person's screen."""
    if desk.place.config.wechat.verified:
        message = message_with(person, f"请您评价 {number}")
        assert message["type"] == "text"
        assert "1 已解决" in message["text"]
        return
    all_wait(desk, person)
    assert any(f"请您评价 {number}" in person.says("谢谢") for _ in range(3)), "one reply has no room for all"


def test_digits_right_after_the_survey_rate_and_later_mean_the_menu(desk: Colleagues) -> None:
    person = desk.place.citizen()
    number = resolved(desk, person)
    see_survey(desk, person, number)
    asked = person.says("1")
    assert "满意吗" in asked
    assert "bizmsgmenu" not in asked
    assert "谢谢您的评价" in person.says("2")
    case = desk.case(number)
    assert (case.survey_solved, case.survey_score, case.state) == ("已解决", "满意", AppealState.CLOSED)
    assert "惠企政策" in person.says("1")
    assert desk.case(number).survey_solved == "已解决"


def test_a_digit_keeps_its_meaning_once_something_else_was_said(desk: Colleagues) -> None:
    person = desk.place.citizen()
    number = resolved(desk, person)
    see_survey(desk, person, number)
    person.says("学习资料")
    assert "惠企政策" in person.says("1")
    assert desk.case(number).survey_solved is None
    assert "满意吗" in person.says(f"回访 {number} 3")
    assert desk.case(number).survey_solved == "未解决"


def test_words_rate_too_and_a_digit_out_of_the_list_is_the_menus(desk: Colleagues) -> None:
    person = desk.place.citizen()
    number = resolved(desk, person)
    see_survey(desk, person, number)
    assert "满意吗" in person.says("部分解决")
    assert desk.case(number).survey_solved == "部分解决"
    assert "诉求" in person.says("7")
    assert desk.case(number).survey_score is None


def test_a_question_is_answered_in_the_next_words(desk: Colleagues) -> None:
    person = desk.place.citizen()
    number = file_one(person)
    desk.ask(number, "停电的是哪一栋楼？")
    if desk.place.config.wechat.verified:
        message_with(person, "停电的是哪一栋楼")
    else:
        all_wait(desk, person)
        assert "停电的是哪一栋楼" in person.says("帮助")
    assert f"已补充到 {number}" in person.says("是三号楼，一到五层")
    assert desk.case(number).state is AppealState.SUBMITTED
