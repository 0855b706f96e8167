"""Within one round the appellant's own answer counts; a survey by phone is for where there is none (domain §5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.appeals import by_appellant
from bot.appeals.acts import closing, surveying
from bot.appeals.acts.table import possible
from bot.appeals.states import IllegalMove
from bot.core import clock
from bot.core.db import connect
from bot.core.refusals import Refused
from models.appeal_work import SurveyAnswer
from models.appeals import AppealState
from tests.support.office import MONDAY, Office, approve, hand_in
from tests.support.parts import services_for

S = AppealState


@pytest.fixture(scope="module")
def office(new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder: Path = tmp_path_factory.mktemp("rounds")
    engine = connect(new_database())
    office = Office(services_for(engine, folder))
    with clock.frozen(MONDAY):
        office.open()
        yield office
    engine.dispose()


def rates(office: Office, number: str, **part: str) -> None:
    """The appellant answers in the chat."""
    office.do(None, lambda actor, case: by_appellant.rate(actor.db, case, **part), number)


def answers(office: Office, number: str) -> list[tuple[str | None, str | None, int, bool]]:
    query = select(SurveyAnswer).where(SurveyAnswer.appeal_id == office.case(number).id)
    return [(a.solved, a.score, a.round, a.replaced) for a in office.rows(query.order_by(SurveyAnswer.id))]


def test_staff_do_not_overwrite_what_the_person_said(office: Office) -> None:
    number = office.led_to(S.RESOLVED)
    rates(office, number, solved="未解决")
    rates(office, number, score="很不满意")
    with pytest.raises(Refused, match="诉求人自己评价过：未解决、很不满意。同一轮以已有的评价为准"):
        office.do("clerk", surveying.record_survey, number, "已解决", "很满意")
    case = office.case(number)
    assert (case.survey_solved, case.survey_score) == ("未解决", "很不满意")
    with office.desk("clerk") as actor:
        assert "record_survey" not in [act.name for act in possible(case, actor.by, db=actor.db)]


def test_half_an_answer_is_the_persons_own_too(office: Office) -> None:
    number = office.led_to(S.RESOLVED)
    rates(office, number, solved="部分解决")
    with pytest.raises(Refused, match="自己评价过：部分解决"):
        office.do("clerk", surveying.record_survey, number, "已解决", "很满意")


def test_a_survey_by_phone_is_not_overwritten_by_a_second_one(office: Office) -> None:
    number = office.led_to(S.RESOLVED)
    office.do("clerk", surveying.record_survey, number, "未解决", "不满意")
    with pytest.raises(Refused, match="已登记过回访：未解决、不满意"):
        office.do("clerk", surveying.record_survey, number, "已解决", "满意")


def test_the_persons_own_answer_counts_over_the_phone_and_their_latest_counts(office: Office) -> None:
    number = office.led_to(S.RESOLVED)
    office.do("clerk", surveying.record_survey, number, "已解决", "满意")
    rates(office, number, solved="部分解决")
    rates(office, number, solved="未解决")
    rates(office, number, score="不满意")
    assert answers(office, number) == [
        ("已解决", "满意", 0, True),
        ("部分解决", None, 0, True),
        ("未解决", "不满意", 0, False),
    ]
    assert office.case(number).survey_solved == "未解决"


def test_a_reopening_starts_a_new_round_whose_answer_takes_the_earlier_ones_place(office: Office) -> None:
    number = office.led_to(S.RESOLVED)
    rates(office, number, solved="未解决")
    rates(office, number, score="不满意")
    with clock.frozen(MONDAY + timedelta(days=1)):
        office.do("clerk", closing.reopen, number, "诉求人说还没有放款")
        hand_in(office, number)
        approve(office, number)
        assert answers(office, number) == [("未解决", "不满意", 0, False)], "until it is answered anew"
        with pytest.raises(IllegalMove, match="请先评价"):
            rates(office, number, score="满意")  # a tap below the message of the earlier round
        office.do("clerk", surveying.record_survey, number, "已解决", "满意")
        assert answers(office, number) == [("未解决", "不满意", 0, True), ("已解决", "满意", 1, False)]
        rates(office, number, solved="部分解决")
    assert answers(office, number)[-1] == ("部分解决", None, 1, False)
