"""Every act in every state by every role: what domain §2.3 and §6 allow is done, all else is refused and changes
nothing. The table here is written from the domain, not from the code."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select

from bot.appeals.actor import NotFound, Refused, find
from bot.appeals.acts import (
    acceptance,
    answering,
    closing,
    contesting,
    correcting,
    declining,
    dispatching,
    extending,
    handling,
    holding,
    merging,
    regrading,
    reviewing,
    supervising,
    supporting,
    surveying,
)
from bot.appeals.acts.supporting import ask_support
from bot.appeals.acts.table import ACTS, possible
from bot.appeals.states import OPEN, IllegalMove
from bot.core import clock
from bot.runtime.services import ServiceActor
from bot.staff.rights import Denied
from models.appeal_work import Supervision
from models.appeals import Appeal, AppealState
from tests.support.office import MONDAY, PATHS, Office

pytestmark = pytest.mark.usefixtures("monday")

S = AppealState
OPEN_STATES = " ".join(state.value for state in OPEN)
UNDER_WAY = "dispatched in_progress on_hold pending_review"
# act: the states it is for, the colleagues who may (unit: the lead unit's)
TABLE: dict[str, tuple[str, str]] = {
    "accept": ("submitted", "clerk dispatcher leader"),
    "decline": ("submitted", "clerk dispatcher leader"),
    "ask": ("submitted", "clerk dispatcher leader"),
    "record_answer": ("need_info", "clerk dispatcher leader"),
    "answer_at_once": ("accepted", "clerk dispatcher leader"),
    "dispatch": ("accepted", "dispatcher leader"),
    "contest": ("dispatched", "unit dispatcher leader"),
    "decide_contest": ("dispatched", "dispatcher leader"),
    "sign": ("dispatched", "unit dispatcher leader"),
    "log_contact": ("in_progress", "unit dispatcher leader"),
    "progress": ("in_progress", "unit dispatcher leader"),
    "add_support": ("dispatched in_progress", "unit dispatcher leader"),
    "report_support": (UNDER_WAY, "helper dispatcher leader"),
    "ask_extension": ("in_progress", "unit dispatcher leader"),
    "decide_extension": ("in_progress", "dispatcher leader"),
    "hold": ("in_progress", "leader"),
    "resume": ("on_hold", "clerk dispatcher leader"),
    "hand_in": ("in_progress", "unit dispatcher leader"),
    "approve": ("pending_review", "dispatcher leader"),
    "send_back": ("pending_review", "dispatcher leader"),
    "record_survey": ("resolved closed merged", "clerk dispatcher leader"),
    "close": ("resolved", "clerk dispatcher leader"),
    "reopen": ("resolved closed", "clerk dispatcher leader"),
    "undo_close": ("closed", "clerk dispatcher leader"),
    "merge": (OPEN_STATES, "clerk dispatcher leader"),
    "undo_merge": ("merged", "clerk dispatcher leader"),
    "supervise": (UNDER_WAY, "leader"),
    "answer_supervision": (UNDER_WAY, "unit dispatcher leader"),
    "reply": (OPEN_STATES, "clerk dispatcher leader"),
    "note": (OPEN_STATES, "unit clerk dispatcher leader"),
    "regrade": (OPEN_STATES, "clerk dispatcher leader"),
    "correct_rating": ("resolved closed merged", "clerk dispatcher leader"),
}
Call = Callable[[ServiceActor, Appeal, Office], Any]
CALLS: dict[str, Call] = {
    "accept": lambda d, c, o: acceptance.accept(d, c, type="求助", category="融资"),
    "decline": lambda d, c, o: declining.decline(d, c, "N7"),
    "ask": lambda d, c, o: acceptance.ask(d, c, "哪家银行？"),
    "record_answer": lambda d, c, o: acceptance.record_answer(d, c, "某银行。"),
    "answer_at_once": lambda d, c, o: answering.answer_at_once(d, c, "可以申请贴息。"),
    "dispatch": lambda d, c, o: dispatching.dispatch(d, c, o.unit(d, "unit")),
    "contest": lambda d, c, o: contesting.contest(d, c, "不属本单位职责"),
    "decide_contest": lambda d, c, o: contesting.decide_contest(d, c, True, "同意"),
    "sign": lambda d, c, o: handling.sign(d, c),
    "log_contact": lambda d, c, o: handling.log_contact(d, c, "电话", "已通话"),
    "progress": lambda d, c, o: handling.progress(d, c, "在协调"),
    "add_support": lambda d, c, o: supporting.add_support(d, c, o.unit(d, "other"), "请配合"),
    "report_support": lambda d, c, o: supporting.report_support(d, c, "已配合", unit=o.unit(d, "helper")),
    "ask_extension": lambda d, c, o: extending.ask_extension(d, c, "要等银行", date(2026, 12, 7)),
    "decide_extension": lambda d, c, o: extending.decide_extension(d, c, True),
    "hold": lambda d, c, o: holding.hold(d, c, "政策未出", "政策还没有出台", date(2026, 12, 31)),
    "resume": lambda d, c, o: holding.resume(d, c, "政策出台"),
    "hand_in": lambda d, c, o: handling.hand_in(d, c, "已办好", "已解决"),
    "approve": lambda d, c, o: reviewing.approve(d, c, "已办好，请查收"),
    "send_back": lambda d, c, o: reviewing.send_back(d, c, "没有说清"),
    "record_survey": lambda d, c, o: surveying.record_survey(d, c, "已解决", "满意", "谢谢"),
    "close": lambda d, c, o: closing.close(d, c, "已回访"),
    "reopen": lambda d, c, o: closing.reopen(d, c, "没有解决"),
    "undo_close": lambda d, c, o: closing.undo_close(d, c, "点错了"),
    "merge": lambda d, c, o: merging.merge(d, c, _another(d, c)),
    "undo_merge": lambda d, c, o: merging.undo_merge(d, c, "并错了"),
    "supervise": lambda d, c, o: supervising.supervise(d, c, "three", "领导批示"),
    "answer_supervision": lambda d, c, o: supervising.answer_supervision(d, _paper(d, c), "正在办"),
    "reply": lambda d, c, o: answering.reply(d, c, "请稍等"),
    "note": lambda d, c, o: handling.note(d, c, "内部说明"),
    "regrade": lambda d, c, o: regrading.regrade(d, c, street="八角街道"),
    "correct_rating": lambda d, c, o: correcting.correct_rating(d, c, "部分解决", "满意", "听错了"),
}


def _another(actor: ServiceActor, case: Appeal) -> Appeal:
    query = select(Appeal).where(Appeal.id != case.id, Appeal.state == S.SUBMITTED)
    return actor.db.scalars(query.order_by(Appeal.id.desc()).limit(1)).one()


def _paper(actor: ServiceActor, case: Appeal) -> Supervision:
    query = select(Supervision).where(Supervision.appeal_id == case.id)
    found = actor.db.scalars(query).first()
    if found is None:
        found = Supervision(appeal_id=case.id, level="one", cause="超期", issued_at=case.received_at)
        actor.db.add(found)
        actor.db.flush()
    return found


def _outcomes(office: Office, who: str, number: str, acts: Iterable[str]) -> dict[str, str]:
    """What becomes of each act, none of which is kept: done, not theirs, or not now. A guard counts as done."""
    with office.desk(who) as actor:
        case = find(ServiceActor(actor.db, None, office.services), number)
        before = case.version, case.state
        found = {}
        for act in acts:
            trial = actor.db.begin_nested()
            found[act] = _outcome(actor, case, act, office)
            trial.rollback()
            actor.db.expire_all()
        assert (case.version, case.state) == before
        return found


def _outcome(actor: ServiceActor, case: Appeal, act: str, office: Office) -> str:
    try:
        CALLS[act](actor, case, office)
    except Refused:
        return "done"
    except (Denied, NotFound):
        return "not theirs"
    except IllegalMove:
        return "not now"
    return "done"


def _expected(act: str, who: str, state: AppealState, has_unit: bool) -> str:
    states, able = TABLE[act]
    if who not in able.split() or (who in ("unit", "helper") and not has_unit):
        return "not theirs"
    return "done" if state.value in states.split() else "not now"


@pytest.fixture(scope="module")
def numbers(office: Office) -> dict[AppealState, str]:
    """A case in every state; those with a lead unit have a supporting one."""
    with clock.frozen(MONDAY):
        made = {}
        office.file()
        for state in AppealState:
            made[state] = office.led_to(state)
            if office.case(made[state]).unit_id is not None:
                _give_helper(office, made[state])
        return made


def _give_helper(office: Office, number: str) -> None:
    with office.desk(None) as actor:
        ask_support(actor, find(actor, number), office.unit(actor, "helper"), "请配合")


def test_the_table_names_every_act() -> None:
    assert TABLE.keys() == CALLS.keys() == ACTS.keys()
    assert PATHS.keys() == set(AppealState)


@pytest.mark.parametrize("state", list(AppealState))
def test_who_may_do_what_and_when(
    office: Office, numbers: dict[AppealState, str], state: AppealState
) -> None:
    number = numbers[state]
    has_unit = office.case(number).unit_id is not None
    wrong = []
    for who in office.people:
        outcomes = _outcomes(office, who, number, TABLE)
        for act, outcome in outcomes.items():
            if outcome != _expected(act, who, state, has_unit):
                wrong.append((act, who, outcome))
        offered = _offered(office, who, number)
        wrong += [(act, who, "offered") for act in offered if outcomes[act] != "done"]
    assert wrong == []


def _offered(office: Office, who: str, number: str) -> set[str]:
    with office.desk(who) as actor:
        case = find(ServiceActor(actor.db, None, office.services), number)
        return {act.name for act in possible(case, actor.by, db=actor.db)}


def test_acts_are_offered_to_those_who_may(office: Office, numbers: dict[AppealState, str]) -> None:
    number = numbers[S.IN_PROGRESS]
    units = {"log_contact", "progress", "add_support", "ask_extension", "hand_in", "note"}
    assert _offered(office, "unit", number) == units
    assert _offered(office, "helper", number) == {"report_support"}
    assert _offered(office, "clerk", number) == {"merge", "reply", "note", "regrade"}
    assert _offered(office, "leader", number) >= units | {"hold", "supervise"}
    assert not any(_offered(office, who, number) for who in ("other", "auditor", "admin"))
    secret = office.led_to(S.IN_PROGRESS, type="举报")
    assert not any(_offered(office, who, secret) for who in ("clerk", "dispatcher", "helper"))
    assert _offered(office, "leader", secret) >= units


def test_every_state_is_reached_and_every_move_has_its_event(
    office: Office, numbers: dict[AppealState, str]
) -> None:
    for state, number in numbers.items():
        case, events = office.case(number), office.events(number)
        assert case.state is state
        assert case.version == len(events)
        assert events[-1].to_state is state
        for before, after in pairwise(events):
            assert after.from_state is before.to_state


def test_every_act_of_the_office_is_in_the_audit_trail_without_words(
    office: Office, numbers: dict[AppealState, str]
) -> None:
    rows = office.audited(numbers[S.CLOSED])
    assert [row.action for row in rows] == [
        "appeal.accept", "appeal.dispatch", "appeal.sign", "appeal.hand_in", "appeal.approve", "appeal.record_survey",
    ]  # fmt: skip
    assert rows[0].detail["changed"]["state"] == ["submitted", "accepted"]
    told = str([row.detail for row in rows])
    assert "13812348000" not in told
    assert "续贷" not in told
