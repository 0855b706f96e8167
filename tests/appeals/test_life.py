"""A case's whole life at random: colleagues, the appellant, time and the jobs in any order. What must always hold
does, and no case is ever stuck or forgotten by the clock (domain §2.2, §2.3)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from bot.appeals import by_appellant, deadlines, jobs
from bot.appeals.actor import Refused, find
from bot.appeals.acts import extending, filing, holding, merging, supervising, supporting
from bot.appeals.acts.table import possible
from bot.appeals.states import ALLOWED, OPEN, IllegalMove
from bot.core import clock
from bot.core.db import connect, reading, transaction
from bot.runtime.services import ServiceActor
from models.appeal_work import Dispatch, Supervision
from models.appeals import TYPES, Appeal, AppealEvent, AppealState, timeline
from tests.appeals.test_moves import CALLS
from tests.support.office import MONDAY, Office
from tests.support.parts import services_for

pytestmark = pytest.mark.usefixtures("monday")

S = AppealState
JOBS = (
    jobs.send_casework_notices,
    jobs.remind_of_questions,
    jobs.remind_of_surveys,
    jobs.review_holds,
    jobs.morning_digest,
)
EXAMPLES = int(os.environ.get("TONGXIN_TEST_LIVES", "2"))  # from each state; more by hand
PEOPLE = ("clerk", "dispatcher", "unit", "other", "helper", "leader")
# The clock of each open state: one of these is set (domain §2.2).
CLOCKS: dict[AppealState, tuple[str, ...]] = {
    S.SUBMITTED: ("acceptance_due_at",),
    S.NEED_INFO: ("paused_at",),  # lapses by itself
    S.ACCEPTED: ("sign_due_at",),
    S.DISPATCHED: ("sign_due_at", "due_at"),
    S.IN_PROGRESS: ("due_at",),
    S.ON_HOLD: ("hold_until",),
    S.PENDING_REVIEW: ("review_due_at",),
    S.RESOLVED: ("survey_due_at",),
}
# Acts and jobs that lead a case on from each open state; one of them is always to be had.
ONWARD = {
    S.SUBMITTED: {"accept"},
    S.NEED_INFO: {"record_answer"},
    S.ACCEPTED: {"dispatch"},
    S.DISPATCHED: {"sign", "decide_contest"},
    S.IN_PROGRESS: {"hand_in"},
    S.ON_HOLD: {"resume"},
    S.PENDING_REVIEW: {"approve"},
    S.RESOLVED: {"record_survey"},
}


def _ahead(days: int) -> date:
    return clock.today() + timedelta(days=days)


# As in the table of moves, with days that lie ahead of the moment.
ACTS: dict[str, Callable[[ServiceActor, Appeal, Office], Any]] = CALLS | {
    "ask_extension": lambda d, c, o: extending.ask_extension(d, c, "要等银行", _day_after_due(c)),
    "hold": lambda d, c, o: _hold(d, c),
    "supervise": lambda d, c, o: supervising.supervise(d, c, "three", "领导批示"),
    "add_support": lambda d, c, o: supporting.add_support(d, c, o.unit(d, "helper"), "请配合"),
    "merge": lambda d, c, o: merging.merge(d, c, _another(d, c)),
}


def _day_after_due(case: Appeal) -> date:
    assert case.due_at is not None
    return deadlines.later(clock.local(case.due_at).date(), 1)


def _hold(actor: ServiceActor, case: Appeal) -> None:
    holding.hold(actor, case, "政策未出", "政策还没有出台", _ahead(20))


def _another(actor: ServiceActor, case: Appeal) -> Appeal:
    query = select(Appeal).where(Appeal.id != case.id, Appeal.state.in_(OPEN))
    found = actor.db.scalars(query.where(Appeal.confidential.is_(case.confidential)).limit(1)).first()
    if found is None:
        raise Refused("没有可并的")
    return found


class Life(RuleBasedStateMachine):
    """One office, a few cases, and everybody who can touch them."""

    office: ClassVar[Office]
    start: ClassVar[AppealState]

    def __init__(self) -> None:
        super().__init__()
        self.numbers: list[str] = []
        self.now = MONDAY  # every example begins at the same hour, so that the same draws make the same life
        self.frozen = clock.frozen(self.now)
        self.frozen.__enter__()

    def teardown(self) -> None:
        """The next example has cases of its own."""
        with transaction(self.office.services.engine) as db:
            for case in db.scalars(select(Appeal).where(Appeal.state.in_(OPEN))):
                case.state = S.WITHDRAWN
        self.frozen.__exit__(None, None, None)

    @initialize(type=st.sampled_from(TYPES))
    def begin(self, type: str) -> None:
        self.numbers.append(self.office.led_to(self.start, type=type))

    @rule(state=st.sampled_from(sorted(OPEN)), by_phone=st.booleans())
    def another_case(self, state: AppealState, by_phone: bool) -> None:
        if len(self.numbers) < 3:
            made = self.office.file_by_phone() if by_phone else self.office.file(category="账款拖欠")
            self.numbers.append(made)
            self.office.lead(made, state)

    @rule(data=st.data())
    def somebody_acts(self, data: st.DataObject) -> None:
        self._act(data, None)

    @rule(data=st.data())
    def it_goes_on(self, data: st.DataObject) -> None:
        self._act(data, ONWARD)

    @rule(data=st.data())
    def the_leader_parks(self, data: st.DataObject) -> None:
        self._act(data, {S.IN_PROGRESS: {"hold"}})

    def _act(self, data: st.DataObject, wanted: dict[AppealState, set[str]] | None) -> None:
        number = data.draw(st.sampled_from(self.numbers))
        with self.office.desk(None) as actor:
            case = find(actor, number)
            choices = [(who, act.name) for who in PEOPLE for act in self._possible(actor.db, case, who)]
        choices = [(who, act) for who, act in choices if not wanted or act in wanted.get(case.state, ())]
        if not choices:
            return
        who, act = data.draw(st.sampled_from(choices))
        with self.office.desk(who) as actor:
            trial = actor.db.begin_nested()
            try:
                ACTS[act](
                    actor, find(ServiceActor(actor.db, None, self.office.services), number), self.office
                )
            except Refused:
                trial.rollback()

    @rule(data=st.data(), what=st.sampled_from(["supplement", "withdraw", "survey", "reopen"]))
    def the_appellant_acts(self, data: st.DataObject, what: str) -> None:
        number = data.draw(st.sampled_from(self.numbers))
        with self.office.desk(None) as actor:
            case = find(actor, number)
            try:
                if what == "supplement" and case.state in OPEN:
                    by_appellant.supplement(actor.db, case, "补充一点", [])
                elif what == "withdraw":
                    by_appellant.withdraw(actor.db, case)
                elif what == "survey":
                    solved, score = data.draw(st.sampled_from([("未解决", "不满意"), ("已解决", "满意")]))
                    by_appellant.rate(actor.db, case, solved=solved, score=score)
                elif what == "reopen":
                    by_appellant.reopen(actor.db, actor.config.appeals, case, "没有解决")
            except IllegalMove:
                return

    @rule(hours=st.sampled_from([1, 3, 20, 24, 72, 24 * 8, 24 * 20]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self.frozen.__exit__(None, None, None)
        self.frozen = clock.frozen(self.now)
        self.frozen.__enter__()
        for job in JOBS:
            with transaction(self.office.services.engine) as db:
                job(self.office.services, db, self.now)

    @invariant()
    def what_always_holds(self) -> None:
        with reading(self.office.services.engine) as db:
            for number in self.numbers:
                case = db.scalars(select(Appeal).where(Appeal.number == number)).one()
                self._events_tell_it_all(case, timeline(db, case.id))
                ours = select(func.count()).select_from(Dispatch).where(Dispatch.appeal_id == case.id)
                assert (db.scalar(ours.where(Dispatch.ended_at.is_(None))) or 0) <= 1
                levels = list(db.scalars(select(Supervision.level).where(Supervision.appeal_id == case.id)))
                assert len(levels) == len(set(levels))
                if case.state in OPEN:
                    assert any(getattr(case, name) is not None for name in CLOCKS[case.state]), "no clock"
                    able = {act.name for who in PEOPLE for act in self._possible(db, case, who)}
                    assert able & ONWARD[case.state], "stuck"
                if case.state is S.MERGED:
                    assert case.merged_into_id is not None
                    assert db.get_one(Appeal, case.merged_into_id).merged_into_id is None

    def _possible(self, db: Any, case: Appeal, who: str) -> list[Any]:
        return possible(case, self.office.people[who], db=db)

    @staticmethod
    def _events_tell_it_all(case: Appeal, events: list[AppealEvent]) -> None:
        assert case.version == len(events)
        assert events[0].from_state is None
        assert events[-1].to_state is case.state
        for before, after in pairwise(events):
            assert after.from_state is before.to_state
            moved = after.to_state is not after.from_state
            assert not moved or after.to_state in ALLOWED[before.to_state]


@pytest.fixture(scope="module")
def lives(filled_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[type[Life]]:
    folder = tmp_path_factory.mktemp("life")
    shutil.copy(filled_sqlite, folder / "life.db")
    engine = connect(f"sqlite:///{folder / 'life.db'}", durable=False)
    Life.office = Office(services_for(engine, folder))
    Life.office.open()
    yield Life
    engine.dispose()


@pytest.mark.parametrize("start", list(AppealState))
def test_no_life_leads_astray(lives: type[Life], start: AppealState) -> None:
    lives.start = start
    quick = settings(
        max_examples=EXAMPLES,
        stateful_step_count=40,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],  # a failing life is told as it went; making it short takes minutes
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(lives, settings=quick)


@pytest.mark.parametrize("state", [state for state in AppealState if state in OPEN])
def test_every_open_state_has_a_clock_and_a_way_on(state: AppealState) -> None:
    assert state in CLOCKS
    assert state in ONWARD
    assert filing.BY_STAFF
