"""Cancelling, sending again and deciding about unknown rows: nobody is forgotten, nobody is written to twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.core import clock
from bot.core.db import is_sqlite, reading
from bot.outgoing.broadcasts import deliveries, verbs
from bot.outgoing.broadcasts.verbs import MoveRefused
from bot.staff.rights import Denied
from models.outgoing import BatchState, BroadcastState, Channel, Delivery, DeliveryState, MassBatch
from tests.outgoing.broadcasts.office import Office

S, D = BroadcastState, DeliveryState


def batch(office: Office, broadcast_id: int, state: BatchState, doubtful: bool = False) -> int:
    with office.at_work() as db:
        made = MassBatch(
            broadcast_id=broadcast_id,
            clientmsgid=f"t{broadcast_id}-{state}-{doubtful}",
            state=state,
            way="openids",
            doubtful=doubtful,
            attempts=0,
            not_before=clock.now(),
            created_at=clock.now(),
        )
        db.add(made)
        db.flush()
        return made.id


def settle(office: Office, row: int, verdict: str, by: str = "clerk") -> DeliveryState:
    with office.at_work() as db:
        return verbs.settle_unknown(office.actor(db, by), row, verdict)  # type: ignore[arg-type]


def test_cancelling_stops_what_has_not_left_and_nothing_else(office: Office) -> None:
    made = office.in_state(S.SENDING)
    office.rows(made, D)
    assert office.do("cancel", made, "clerk", "会议取消") == 3
    stopped = {D.QUEUED, D.LEASED, D.WAITING_CONTACT}
    assert office.states_of(made) == [D.CANCELLED if state in stopped else state for state in D]
    assert office.broadcast(made).reason == "会议取消"


def test_cancelling_ends_mass_jobs_that_have_not_begun(office: Office) -> None:
    made = office.in_state(S.SENDING)
    ready, sending = batch(office, made, BatchState.READY), batch(office, made, BatchState.SENDING)
    doubtful = batch(office, made, BatchState.READY, doubtful=True)
    office.rows(made, [D.QUEUED], channel=Channel.MASS, batch_id=ready)
    office.rows(made, [D.SENDING], channel=Channel.MASS, batch_id=sending)
    office.rows(made, [D.QUEUED], channel=Channel.MASS, batch_id=doubtful)
    office.do("cancel", made, "clerk")
    batches = office.query(select(MassBatch).where(MassBatch.broadcast_id == made).order_by(MassBatch.id))
    assert [one.state for one in batches] == [BatchState.FAILED, BatchState.SENDING, BatchState.FAILED]
    assert office.states_of(made) == [D.CANCELLED, D.SENDING, D.UNKNOWN], "a doubtful job may have arrived"


def test_what_comes_back_to_the_queue_of_a_cancelled_broadcast_is_cancelled(office: Office) -> None:
    made = office.in_state(S.CANCELLED)
    office.rows(made, [D.QUEUED, D.SENT])
    with office.at_work() as db:
        verbs.close_finished(db)
    assert office.states_of(made) == [D.CANCELLED, D.SENT]


def test_failed_rows_go_anew_and_the_broadcast_is_sent_again(office: Office) -> None:
    made = office.in_state(S.DONE)
    office.rows(made, [D.REFUSED, D.REFUSED, D.SENT, D.UNKNOWN], errcode=48002, detail="x", attempts=5)
    office.rows(made, [D.REFUSED], recipient=None)
    assert office.do("resend_failed", made, "clerk") == 2
    assert office.state(made) is S.SENDING
    assert office.states_of(made) == [D.QUEUED, D.QUEUED, D.SENT, D.UNKNOWN, D.REFUSED]
    mine = select(Delivery).where(Delivery.broadcast_id == made, Delivery.state == D.QUEUED)
    for row in office.query(mine):
        assert (row.channel, row.attempts, row.errcode, row.detail, row.settled_at) == (
            None,
            0,
            None,
            None,
            None,
        )
    assert office.do("resend_failed", made, "clerk") == 0
    assert [event.action for event in office.life(made)] == ["resend_failed"]


def test_those_who_wait_are_tried_again_while_it_is_sent(office: Office) -> None:
    made = office.in_state(S.SENDING)
    office.rows(made, [D.WAITING_CONTACT, D.CANCELLED])
    assert office.do("resend_waiting", made, "clerk") == 1
    assert office.states_of(made) == [D.QUEUED, D.CANCELLED]


def test_an_unknown_row_is_decided_once(office: Office) -> None:
    made = office.in_state(S.DONE)
    arrived, again = office.rows(made, [D.UNKNOWN, D.UNKNOWN], attempts=3)
    assert settle(office, arrived, "arrived") is D.SENT
    assert office.state(made) is S.DONE
    assert settle(office, again, "again") is D.QUEUED
    assert office.state(made) is S.SENDING
    with pytest.raises(MoveRefused, match="不是「结果未知」"):
        settle(office, arrived, "again")
    assert [event.action for event in office.life(made)] == ["settle_arrived", "settle_again"]


def test_who_has_left_is_not_sent_to_again(office: Office) -> None:
    made = office.in_state(S.DONE)
    (row,) = office.rows(made, [D.UNKNOWN], recipient=None)
    with pytest.raises(MoveRefused, match="资料已清除"):
        settle(office, row, "again")
    assert settle(office, row, "arrived") is D.SENT


def test_a_cancelled_broadcast_sends_no_row_again(office: Office) -> None:
    made = office.in_state(S.CANCELLED)
    (row,) = office.rows(made, [D.UNKNOWN])
    with pytest.raises(MoveRefused, match="已取消"):
        settle(office, row, "again")
    with pytest.raises(Denied):
        settle(office, row, "arrived", by="unit")


def test_a_single_message_without_a_broadcast_is_decided_too(office: Office) -> None:
    (row,) = office.rows(None, [D.UNKNOWN])
    assert settle(office, row, "again") is D.QUEUED


def test_every_state_is_counted_also_where_there_is_nothing(office: Office) -> None:
    made = office.in_state(S.SENDING)
    office.rows(made, [D.SENT, D.SENT, D.UNKNOWN])
    with reading(office.services.engine) as db:
        counts = deliveries.by_state(db, office.broadcast(made))
        channels = deliveries.by_channel(db, office.broadcast(made))
    assert counts == {**dict.fromkeys(D, 0), D.SENT: 2, D.UNKNOWN: 1}
    assert channels == {**dict.fromkeys(Channel, 0), Channel.CUSTOM: 2}


def test_a_broadcast_is_done_when_all_rows_are_made_and_none_is_open(office: Office) -> None:
    done = office.in_state(S.SENDING, prepared_at=clock.now())
    office.rows(done, [D.SENT, D.WAITING_CONTACT, D.UNKNOWN])
    unprepared = office.in_state(S.SENDING)
    busy = office.in_state(S.SENDING, prepared_at=clock.now())
    office.rows(busy, [D.SENT, D.SENDING])
    with office.at_work() as db:
        verbs.close_finished(db)
    assert [office.state(one) for one in (done, unprepared, busy)] == [S.DONE, S.SENDING, S.SENDING]


def test_a_study_push_obeys_the_same_verbs(office: Office) -> None:
    push = office.in_state(S.SENDING, kind="study", author_id=None, frozen=None)
    office.rows(push, [D.REFUSED, D.QUEUED])
    office.do("pause", push, "clerk")
    assert office.do("resend_failed", push, "clerk") == 1
    office.do("resume", push, "clerk")
    assert office.state(push) is S.SENDING
    assert office.do("cancel", push, "clerk") == 2


def test_a_system_pause_goes_on_by_itself_unless_staff_hold_it(office: Office) -> None:
    goes_on, held_by_staff = office.in_state(S.SENDING), office.in_state(S.SENDING)
    moment = clock.now()
    for one in (goes_on, held_by_staff):
        with office.at_work() as db:
            verbs.pause_by_system(db, office.broadcast(one), "公众号没有权限", moment)
            verbs.pause_by_system(db, office.broadcast(one), "第二个线程也听说了", moment)
        assert office.broadcast(one).pauses == 1
        assert office.broadcast(one).reason == "公众号没有权限"
    office.do("pause", held_by_staff, "clerk", "先查明原因")
    with clock.frozen(moment + timedelta(minutes=11)):
        verbs.resume_due(office.services)
    assert office.state(goes_on) is S.SENDING
    assert office.state(held_by_staff) is S.PAUSED


def test_a_late_refusal_does_not_wake_a_cancelled_broadcast(office: Office) -> None:
    made = office.in_state(S.CANCELLED)
    with office.at_work() as db:
        verbs.pause_by_system(db, office.broadcast(made), "公众号没有权限", clock.now())
    assert office.state(made) is S.CANCELLED


def test_after_too_many_pauses_the_rest_waits_for_the_peoples_words(office: Office) -> None:
    moment = clock.now()
    made = office.in_state(S.PAUSED, pauses=7, resume_at=moment)
    office.rows(made, [D.QUEUED, D.SENT])
    with clock.frozen(moment + timedelta(minutes=1)):
        verbs.resume_due(office.services)
    assert office.states_of(made) == [D.WAITING_CONTACT, D.SENT]
    assert office.state(made) is S.SENDING


@pytest.mark.parametrize(("minutes_ago", "pauses"), [(1, 1), (9, 1), (11, 6)])
def test_only_pauses_one_after_another_are_counted(office: Office, minutes_ago: int, pauses: int) -> None:
    made, moment = office.in_state(S.SENDING, pauses=5), clock.now()
    office.rows(made, [D.SENT, D.QUEUED], settled_at=moment - timedelta(minutes=minutes_ago))
    with office.at_work() as db:
        verbs.pause_by_system(db, office.broadcast(made), "公众号没有权限", moment)
    assert office.broadcast(made).pauses == pauses


def test_cancelling_does_not_wait_for_a_worker_that_holds_a_row(office: Office) -> None:
    if is_sqlite(office.services.engine):
        pytest.skip("SQLite has one writer at a time")
    made = office.in_state(S.SENDING)
    held, free = office.rows(made, [D.QUEUED, D.QUEUED])
    with office.at_work() as worker:
        worker.get(Delivery, held, with_for_update=True)
        assert office.do("cancel", made, "clerk") == 1
        verbs.pause_by_system(worker, office.broadcast(made), "公众号没有权限", clock.now())
    assert free
    assert office.states_of(made) == [D.QUEUED, D.CANCELLED]
    with office.at_work() as db:
        verbs.close_finished(db)
    assert office.states_of(made) == [D.CANCELLED, D.CANCELLED]
