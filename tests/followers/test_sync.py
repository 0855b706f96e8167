"""The list of followers becomes WeChat's, whatever interrupts it, and nobody is taken for gone who is not."""

from __future__ import annotations

import signal
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.core import clock
from bot.core.actor import Actor
from bot.core.db import insert_once, reading, transaction
from bot.followers import sync
from bot.followers.freshness import freshen
from bot.followers.sync_pages import Listed, remember, shortfall
from bot.staff.rights import Denied
from models.conversations import Conversation, empty
from models.followers import Follower, find_follower
from models.inbound import Inbound
from models.outgoing import Delivery, DeliveryState
from models.profiles import Profile
from models.staff import Role
from models.syncs import SyncRun, SyncState
from tests.followers.office import Office, follower, staff
from tests.support import forked
from tests.support.place import eventually

OLD = timedelta(days=30)


def test_pages_of_ten_thousand_are_listed_whole_and_described(office: Office) -> None:
    openids = office.followers(25_000)
    with transaction(office.engine) as db:  # most are known, so that only some need describing
        remember(db, 0, openids[300:])
        db.execute(update(Follower).values(subscribed_at=clock.now() - OLD))
    run = office.synced()
    assert (run.state, run.total, run.seen, run.added, run.gone) == (SyncState.DONE, 25_000, 25_000, 300, 0)
    assert run.detailed == 300
    assert office.known() == set(openids)
    assert office.count(Follower.subscribed_at.is_not(None), Follower.seen_run == run.id) == 25_000
    assert office.calls("user/get") == 4, "three pages, and the empty one behind them"
    assert office.calls("user/info/batchget") == 3


def test_a_second_run_starts_only_when_the_first_has_ended(office: Office) -> None:
    office.followers(3)
    first = office.start()
    assert office.start().id == first.id
    assert office.finish().state is SyncState.DONE
    assert office.start().id != first.id


def test_starting_needs_the_right(office: Office) -> None:
    with transaction(office.engine) as db:
        auditor = staff(db, "老李", Role.AUDITOR)
        with pytest.raises(Denied):
            sync.start(Actor(db, auditor))


def test_a_round_that_dies_is_done_again_when_its_lease_is_over(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    openids = office.followers(50)
    office.start()

    class Died(Exception):
        pass

    def die(*_: object) -> int:
        raise Died

    with monkeypatch.context() as dying:
        dying.setattr(sync, "remember", die)
        with pytest.raises(Died):
            sync.work(office.services)
    assert office.finish().state is SyncState.LISTING, "nobody else may take it yet"
    assert office.count() == 0
    office.later(13)
    run = office.finish()
    assert (run.state, run.seen, run.added, run.detailed) == (SyncState.DONE, 50, 50, 50)
    assert office.known() == set(openids)


def test_a_killed_process_loses_nothing(office: Office) -> None:
    openids = office.followers(25_000)
    office.sim("faults", {"kind": "latency", "seconds": 0.2, "path": "/cgi-bin/user/get"})
    office.start()
    process = forked.start(office.config, script=Path(__file__).with_name("syncer.py"))
    eventually(lambda: office.run().seen >= 10_000, 30)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=10)
    at_death = office.run()
    assert at_death.state is SyncState.LISTING, "it was killed in the middle"
    office.sim("faults", {"clear": True})
    office.later(13)
    with transaction(office.engine) as db:  # what it would take to describe them all is another test's
        db.execute(update(Follower).values(subscribed_at=clock.now()))
    while office.run().state is SyncState.LISTING:
        assert sync.work(office.services)
    run = office.run()
    assert (run.seen, run.total, run.added) == (25_000, 25_000, 25_000)
    assert office.count(Follower.seen_run == run.id) == 25_000 == len(openids)
    assert office.calls("user/get") <= 5, "the pages before the kill were not read again"


def test_who_left_without_an_event_is_erased_like_one_who_told_us(office: Office) -> None:
    stays, leaves = office.followers(2)
    office.synced()
    with transaction(office.engine) as db:
        for openid in (stays, leaves):
            insert_once(db, Profile, openid=openid, company="甲", updated_at=clock.now())
            insert_once(db, Conversation, openid=openid, **empty())
            moment = clock.now()
            values = {"kind": "text", "text": "你好", "reply": "", "received_at": moment}
            insert_once(db, Inbound, key=openid, openid=openid, **values)
            row = {"key": f"d:{openid}", "recipient": openid, "payload": {}, "attempts": 0, "asked": False}
            state = {"state": DeliveryState.WAITING_CONTACT, "not_before": moment, "created_at": moment}
            insert_once(db, Delivery, **row, **state)
    office.quietly(leaves, "unsubscribe")
    office.later(60)
    run = office.synced()
    assert (run.state, run.gone) == (SyncState.DONE, 1)
    with reading(office.engine) as db:
        assert find_follower(db, leaves) is None
        assert find_follower(db, stays) is not None
        for model in (Profile, Conversation, Inbound):
            assert db.scalars(select(model.openid).where(model.openid.is_not(None))).all() == [stays]
        rows = db.execute(select(Delivery.recipient, Delivery.state)).all()
    assert {row.recipient: row.state for row in rows} == {
        stays: DeliveryState.WAITING_CONTACT,
        None: DeliveryState.CANCELLED,
    }


def test_many_who_left_are_found_in_chunks(office: Office) -> None:
    office.followers(30)
    with transaction(office.engine) as db:
        for n in range(150):
            follower(db, f"oGone{n:023d}", subscribed_at=clock.now() - OLD)
    with transaction(office.engine) as db:
        sync.start(Actor(db, None), trusted=True)
    while office.run().state is SyncState.LISTING:
        sync.work(office.services)
    assert office.count() == 180, "nobody is gone before the list is whole"
    run = office.finish()
    assert (run.gone, run.detailed, office.count()) == (150, 30, 30)


def test_a_list_without_most_of_those_we_know_takes_nobody_for_gone(office: Office) -> None:
    office.followers(30)
    with transaction(office.engine) as db:
        for n in range(25):
            follower(db, f"oOther{n:022d}", subscribed_at=clock.now() - OLD)
    run = office.synced()
    assert run.state is SyncState.FAILED
    assert "appid" in str(run.reason)
    assert "声明名单可信" in str(run.reason)
    assert sync.next_acts(run) == ("followers.trust",)
    assert office.count() == 55
    with transaction(office.engine) as db:
        sync.start(Actor(db, None), trusted=True)
    assert office.finish().gone == 25


def test_a_list_that_differs_from_ours_is_read_before_a_broadcast(office: Office) -> None:
    assert freshen(office.services) is None
    office.followers(12)
    assert freshen(office.services) is None
    assert office.count() == 12
    calls = office.calls("/cgi-bin/user/info/batchget")
    assert freshen(office.services) is None
    assert office.calls("/cgi-bin/user/info/batchget") == calls, "the same number: one call, no run"


def test_who_follows_while_the_run_goes_is_kept(open_office: Office) -> None:
    office, late, old = open_office, "oLate" + "0" * 23, "oOld" + "0" * 24
    office.followers(10)
    with transaction(office.engine) as db:
        follower(db, old, subscribed_at=clock.now() - OLD)
    office.start()
    office.sim("event", {"openid": late, "Event": "subscribe", "EventKey": ""})  # reaches our webhook
    assert late in office.known()
    while office.run().state is SyncState.LISTING:
        sync.work(office.services)
    with transaction(office.engine) as db:  # as if WeChat's list were behind its events
        db.execute(update(Follower).where(Follower.openid == late).values(seen_run=None))
    run = office.finish()
    assert run.gone == 1
    assert late in office.known()
    assert old not in office.known()


@pytest.mark.parametrize("total", [0, None])
def test_an_empty_list_takes_nobody_for_gone(office: Office, total: int | None) -> None:
    with transaction(office.engine) as db:
        for n in range(5):
            follower(db, f"oOld{n:024d}", subscribed_at=clock.now() - OLD)
    run = office.synced()
    assert run.state is SyncState.FAILED
    assert "没有改动任何人" in str(run.reason)
    assert office.count(Follower.subscribed) == 5
    assert shortfall(0, total) == run.reason


def test_a_short_list_takes_nobody_for_gone(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    openids = office.followers(50)
    office.synced()
    whole = Listed.of
    cut = classmethod(lambda _cls, data: Listed(whole(data).openids[:40], "", whole(data).total))
    monkeypatch.setattr(Listed, "of", cut)
    office.later(60)
    run = office.synced()
    assert run.state is SyncState.FAILED
    assert "50" in str(run.reason)
    assert "40" in str(run.reason)
    assert office.known() == set(openids)


def test_who_is_found_to_have_left_when_described_is_erased(office: Office) -> None:
    openids = office.followers(3)
    office.start()
    while office.run().state is SyncState.LISTING:
        sync.work(office.services)
    office.quietly(openids[1], "unsubscribe")
    office.later(5)
    run = office.finish()
    assert (run.state, run.gone) == (SyncState.DONE, 1)
    assert office.known() == {openids[0], openids[2]}


def test_a_late_process_does_not_count_a_page_twice(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.followers(50)
    office.start()
    ask = office.services.gateway.user_get

    def slow(next_openid: str = "") -> Any:
        """The answer comes when the lease is over and somebody else has done the round."""
        answer = ask(next_openid)
        monkeypatch.setattr(office.services.gateway, "user_get", ask)
        office.later(13)
        assert sync.work(office.services) == 50
        return answer

    monkeypatch.setattr(office.services.gateway, "user_get", slow)
    assert sync.work(office.services) == 0
    assert (office.run().seen, office.run().added) == (50, 50)


def test_one_run_at_a_time_is_worked_on(office: Office) -> None:
    with transaction(office.engine) as db:
        moment = clock.now()
        run = SyncRun(state=SyncState.DONE, started_at=moment, updated_at=moment, finished_at=moment)
        db.add(run)
    assert sync.work(office.services) == 0
