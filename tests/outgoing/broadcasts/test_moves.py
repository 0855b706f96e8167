"""A broadcast moves along the table and no other way, whatever staff try in whatever order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from bot.core import audit, clock
from bot.core.db import reading
from bot.outgoing.broadcasts import verbs
from bot.outgoing.broadcasts.states import ALLOWED, LABELS, NEXT_STEP, MoveRefused, is_as_approved
from bot.staff.rights import Denied
from models.outgoing import Broadcast, BroadcastState, DeliveryState
from tests.outgoing.broadcasts.office import COLLEAGUES, Office

S = BroadcastState


@dataclass(frozen=True)
class Verb:
    """How a verb is called, by whom it may be, and where it leads; `only` narrows the table's moves."""

    by: str
    to: BroadcastState
    more: tuple[Any, ...] = ()
    only: frozenset[BroadcastState] | None = None

    def starts(self) -> frozenset[BroadcastState]:
        return self.only or frozenset(state for state in S if self.to in ALLOWED[state])


VERBS = {
    "submit": Verb("author", S.SUBMITTED),
    "take_back": Verb("author", S.DRAFT, only=frozenset({S.SUBMITTED})),
    "approve": Verb("leader", S.SCHEDULED, only=frozenset({S.SUBMITTED})),  # passing APPROVED
    "reject": Verb("leader", S.REJECTED, ("请补上时间",)),
    "pause": Verb("clerk", S.PAUSED),
    "resume": Verb("clerk", S.SENDING, only=frozenset({S.PAUSED})),
    "cancel": Verb("clerk", S.CANCELLED),
}


def test_every_state_has_its_row_its_label_and_its_next_step() -> None:
    assert set(ALLOWED) == set(LABELS) == set(NEXT_STEP) == set(S)
    assert all(re.search(r"[一-鿿]", words) for words in (*LABELS.values(), *map(str, NEXT_STEP.values())))
    assert {state for state in S if S.CANCELLED in ALLOWED[state]} == set(S) - {S.DONE, S.CANCELLED}
    assert ALLOWED[S.CANCELLED] == frozenset()


def test_nothing_is_sent_that_was_not_approved() -> None:
    reached: set[BroadcastState] = {S.DRAFT}
    new: set[BroadcastState] = set(reached)
    while new:
        new = {to for state in new for to in ALLOWED[state]} - reached - {S.APPROVED}
        reached |= new
    assert reached == {S.DRAFT, S.SUBMITTED, S.REJECTED, S.CANCELLED}


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_works_from_its_states_only(office: Office, verb: str, state: BroadcastState) -> None:
    how = VERBS[verb]
    made = office.in_state(state)
    if state in how.starts():
        office.do(verb, made, how.by, *how.more)
        assert office.state(made) is how.to
        assert office.life(made)[-1].went_to is how.to
    else:
        with pytest.raises(MoveRefused, match=f"「{LABELS[state]}」"):
            office.do(verb, made, how.by, *how.more)
        assert office.state(made) is state
        assert office.life(made) == []


@pytest.mark.parametrize("state", S)
def test_only_drafts_and_rejected_ones_are_revised(office: Office, state: BroadcastState) -> None:
    made = office.in_state(state, reason="请补上时间")
    if state in (S.DRAFT, S.REJECTED):
        office.do("revise", made, "author", payload={"text": "周五下午三点座谈会"})
        assert office.state(made) is S.DRAFT
        assert office.broadcast(made).payload == {"text": "周五下午三点座谈会"}
    else:
        with pytest.raises(MoveRefused, match="不能修改"):
            office.do("revise", made, "author", payload={"text": "别的"})


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("verb", ["resend_failed", "resend_waiting"])
def test_sending_again_is_for_what_has_been_sent(office: Office, verb: str, state: BroadcastState) -> None:
    made = office.in_state(state)
    office.rows(made, [DeliveryState.REFUSED, DeliveryState.WAITING_CONTACT])
    if state in (S.SENDING, S.PAUSED, S.DONE):
        assert office.do(verb, made, "clerk") == 1
        assert office.state(made) is (S.SENDING if state is S.DONE else state)
    else:
        with pytest.raises(MoveRefused, match="不能重发"):
            office.do(verb, made, "clerk")


def test_approval_passes_through_approved_with_an_event_each(office: Office) -> None:
    made = office.approved()
    told = [(event.action, event.came_from, event.went_to) for event in office.life(made)]
    assert told == [
        ("create", None, S.DRAFT),
        ("submit", S.DRAFT, S.SUBMITTED),
        ("approve", S.SUBMITTED, S.APPROVED),
        ("schedule", S.APPROVED, S.SCHEDULED),
    ]


def test_a_broadcast_paused_before_its_hour_waits_for_it_again(office: Office) -> None:
    made = office.approved(send_at=clock.now() + timedelta(hours=3))
    office.do("pause", made, "clerk", "领导要再看看")
    assert office.broadcast(made).reason == "领导要再看看"
    office.do("resume", made, "clerk")
    assert office.state(made) is S.SCHEDULED
    assert office.broadcast(made).reason is None


class Life(RuleBasedStateMachine):
    """Anybody tries anything; beside it runs a model that knows the table only."""

    office: Office
    reached: set[BroadcastState]

    @initialize()
    def begin(self) -> None:
        self.id = self.office.draft()
        self.state = S.DRAFT

    @rule(verb=st.sampled_from(sorted(VERBS)), by=st.sampled_from(sorted(COLLEAGUES)))
    def somebody_tries(self, verb: str, by: str) -> None:
        self.attempt(verb, by)

    @rule(verb=st.sampled_from(sorted(set(VERBS) - {"cancel"})))
    def the_right_colleague_acts(self, verb: str) -> None:
        self.attempt(verb, VERBS[verb].by)

    @rule()
    def it_goes_well(self) -> None:
        forward = {S.DRAFT: "submit", S.SUBMITTED: "approve", S.PAUSED: "resume"}
        if self.state in forward:
            self.attempt(forward[self.state], VERBS[forward[self.state]].by)
        elif self.state is S.SCHEDULED:
            self.its_hour_comes()

    def attempt(self, verb: str, by: str) -> None:
        how = VERBS[verb]
        try:
            self.office.do(verb, self.id, by, *how.more)
        except (MoveRefused, Denied):
            return
        assert self.state in how.starts()
        self.state = how.to

    @rule(text=st.sampled_from(["周五座谈会", "改到周六"]), by=st.sampled_from(["author", "leader", "unit"]))
    def somebody_revises(self, text: str, by: str) -> None:
        try:
            self.office.do("revise", self.id, by, payload={"text": text})
        except (MoveRefused, Denied):
            return
        assert self.state in (S.DRAFT, S.REJECTED)
        self.state = S.DRAFT

    @rule()
    def its_hour_comes(self) -> None:
        verbs.begin_due(self.office.services)
        if self.state is S.SCHEDULED:
            self.state = S.SENDING

    @rule()
    def nothing_is_left_to_send(self) -> None:
        with self.office.at_work() as db:
            one = db.get_one(Broadcast, self.id)
            one.prepared_at = one.prepared_at or (clock.now() if one.state is S.SENDING else None)
            db.flush()
            verbs.close_finished(db)
        if self.state is S.SENDING:
            self.state = S.DONE

    @invariant()
    def the_row_is_where_the_model_is(self) -> None:
        if not hasattr(self, "id"):
            return
        broadcast = self.office.broadcast(self.id)
        assert broadcast.state is self.state
        self.reached.add(self.state)
        life = self.office.life(self.id)
        assert all(event.came_from == before.went_to for before, event in pairwise(life))
        assert all(
            event.went_to in {*ALLOWED[event.came_from], event.came_from} for event in life if event.came_from
        )
        if self.state in (S.SCHEDULED, S.SENDING, S.PAUSED, S.DONE):
            wrote = {event.staff_id for event in life if event.action in ("create", "revise")}
            assert broadcast.approver_id not in wrote
            assert is_as_approved(broadcast)


def test_no_order_of_acts_leaves_the_table(office: Office) -> None:
    class HereAndNow(Life):
        pass

    HereAndNow.office, HereAndNow.reached = office, set()
    run_state_machine_as_test(
        HereAndNow,
        settings=settings(
            max_examples=15,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert HereAndNow.reached == set(S) - {S.APPROVED}, "not every state was tried"
    with reading(office.services.engine) as db:
        assert audit.first_break(db) is None
