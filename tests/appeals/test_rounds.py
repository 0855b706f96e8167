"""Within one round the appellant's own answer counts; a survey by phone is for where there is none (domain §5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.appeals import by_appellant
from bot.appeals.acts import closing, correcting, surveying
from bot.appeals.acts.table import possible
from bot.appeals.states import IllegalMove
from bot.core import clock
from bot.core.actor import Actor
from bot.core.db import connect
from bot.core.refusals import NotFound, Refused, Stale
from bot.ledgers import appeal_rows
from bot.staff import confirmations
from bot.statistics.period import year
from models.appeal_work import SurveyAnswer
from models.appeals import AppealState
from models.confirmations import Confirmation
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


def asks(
    office: Office, who: str, number: str, solved: str, score: str, reason: str = "听错了，录音已核对"
) -> Confirmation:
    """A colleague asks for a correction; the request."""
    office.do(who, correcting.correct_rating, number, solved, score, reason)
    wanted = select(Confirmation).where(Confirmation.subject_id == office.case(number).id)
    found: list[Confirmation] = office.rows(wanted.order_by(Confirmation.id.desc()))
    return found[0]


def confirms(office: Office, who: str, asked: Confirmation) -> None:
    with office.desk(who) as actor:
        confirmations.confirm(Actor(actor.db, actor.by), actor.db.get_one(Confirmation, asked.id))


def remark(office: Office, number: str) -> str:
    with office.desk(None) as actor:
        rows = appeal_rows.rows(actor.db, appeal_rows.Scope(year(2026), False), clock.now())
        return next(row.remark for row in rows if row.number == number)


def test_a_correction_needs_a_reason_and_a_second_person_and_is_marked(office: Office) -> None:
    number = office.led_to(S.RESOLVED)
    office.do("clerk", surveying.record_survey, number, "未解决", "很不满意", "说反了")
    with pytest.raises(Refused, match="请填写更正的理由"):
        asks(office, "clerk", number, "已解决", "满意", " ")
    with pytest.raises(Refused, match="一样"):
        asks(office, "clerk", number, "未解决", "很不满意")
    asked = asks(office, "clerk", number, "已解决", "满意")
    assert office.case(number).survey_solved == "未解决", "nothing before the second person"
    with pytest.raises(Refused, match="已经提出过"):
        asks(office, "dispatcher", number, "部分解决", "满意")
    for who in ("clerk", "dispatcher", "unit"):
        with pytest.raises(NotFound):
            confirms(office, who, asked)
    assert "更正" not in remark(office, number)
    with clock.frozen(MONDAY + timedelta(days=2)):
        confirms(office, "leader", asked)
    case = office.case(number)
    assert (case.survey_solved, case.survey_score, case.survey_corrected) == ("已解决", "满意", True)
    assert case.survey_at == MONDAY, "it counts when the answer was given"
    assert answers(office, number) == [("未解决", "很不满意", 0, True), ("已解决", "满意", 0, False)]
    assert "评价经更正（两人确认）" in remark(office, number)
    assert {"appeal.correct_rating", "appeal.rating_corrected", "confirmation.confirm"} <= {
        entry.action for entry in office.audited(number)
    }


def test_a_leader_does_not_confirm_a_correction_of_their_own(office: Office) -> None:
    number = office.led_to(S.RESOLVED)
    rates(office, number, solved="未解决")
    with pytest.raises(Refused, match="现在没有别人可以确认"):
        asks(office, "leader", number, "已解决", "满意")


def test_what_the_person_says_meanwhile_stops_the_correction_and_counts_after_it(office: Office) -> None:
    number = office.led_to(S.RESOLVED)
    office.do("clerk", surveying.record_survey, number, "未解决", "不满意")
    asked = asks(office, "clerk", number, "已解决", "满意")
    rates(office, number, solved="部分解决")
    with pytest.raises(Stale, match="情况又变了"):
        confirms(office, "leader", asked)
    assert office.case(number).survey_solved == "部分解决"
    other = office.led_to(S.RESOLVED)
    office.do("clerk", surveying.record_survey, other, "未解决", "不满意")
    confirms(office, "leader", asks(office, "clerk", other, "已解决", "满意"))
    rates(office, other, solved="部分解决")
    case = office.case(other)
    assert (case.survey_solved, case.survey_corrected) == ("部分解决", False)
