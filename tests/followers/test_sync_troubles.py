"""What a run does when WeChat says no: wait, start over, or end with what staff have to do."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.core import clock
from bot.followers import sync
from bot.wechat.errors import Outcome
from models.syncs import SyncState
from tests.followers.office import Office, opened

OLD = timedelta(days=30)


@pytest.mark.parametrize(
    ("errcode", "waits"),
    [(45009, timedelta(days=1)), (45011, timedelta(minutes=1)), (268487001, timedelta(seconds=30))],
)
def test_a_used_up_allowance_is_waited_for(office: Office, errcode: int, waits: timedelta) -> None:
    office.followers(3)
    office.sim("faults", {"kind": "errcode", "errcode": errcode, "path": "/cgi-bin/user/get", "times": 1})
    run = office.synced()
    assert run.state is SyncState.LISTING
    assert run.reason
    assert run.leased_until is not None
    assert timedelta(0) < run.leased_until - clock.now() <= waits + timedelta(minutes=2)
    if errcode == 45009:
        assert f"{clock.local(run.leased_until):%H:%M}" == "00:01"
    office.later((run.leased_until - clock.now()).total_seconds() + 1)
    run = office.finish()
    assert (run.state, run.reason, run.seen) == (SyncState.DONE, None, 3)


def test_a_missing_right_ends_the_run_with_what_to_do(office: Office) -> None:
    office.followers(3)
    office.sim("account", {"verified": False})
    run = office.synced()
    assert run.state is SyncState.FAILED
    assert "接口权限" in str(run.reason)


def test_an_account_without_the_interface_is_told_before_any_call(office: Office, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with opened(office.services, tmp_path / "other", verified="false") as unverified:
        run = unverified.synced()
        assert run.state is SyncState.FAILED
        assert "关注者与标签管理" in str(run.reason)
        assert unverified.calls("user/get") == 0


def test_a_place_in_the_list_that_is_gone_makes_the_list_start_over_once(office: Office) -> None:
    office.followers(50)
    office.start()
    sync.work(office.services)
    gone = {"kind": "errcode", "errcode": 40003, "path": "/cgi-bin/user/get", "times": 1}
    office.sim("faults", gone)
    assert sync.work(office.services) == 1
    assert (office.run().seen, office.run().next_openid) == (0, "")
    while office.run().state is SyncState.LISTING:
        sync.work(office.services)
    assert (office.run().seen, office.run().total) == (50, 50)


def test_a_place_that_is_gone_twice_ends_the_run(office: Office) -> None:
    office.followers(50)
    office.start()
    for _ in range(2):
        sync.work(office.services)
        office.sim("faults", {"kind": "errcode", "errcode": 40003, "path": "/cgi-bin/user/get", "times": 1})
        sync.work(office.services)
    assert office.run().state is SyncState.FAILED


def test_only_waiting_outcomes_are_waited_for() -> None:
    moment = clock.now()
    waited = {one for one in Outcome if sync.pause_until(one, moment)}
    assert waited == {Outcome.LATER, Outcome.MINUTE, Outcome.QUOTA}
