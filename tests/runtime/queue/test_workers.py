"""Worker processes: woken from elsewhere, sharing, stopped, killed, and cut off from their database."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text

from bot.runtime import queue_calls
from models.outgoing import DeliveryState
from tests.runtime.queue.town import Process, Town
from tests.support.place import eventually

D = DeliveryState
JOBS = text("SELECT count(*) FROM procrastinate_jobs")
DEAD = """
WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '2 minutes') RETURNING id)
INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, status, worker_id)
SELECT 'tongxin', 'deliver', 'deliver', 'doing', id FROM dead
"""


@pytest.fixture(scope="module")
def woken(new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town with one worker, which has sent something; before it another one had died while answering a call."""
    with Town.open(new_database(), tmp_path_factory.mktemp("woken")) as town:
        with town.engine.begin() as connection:
            connection.exec_driver_sql(DEAD)
        town.worker("a")
        town.notices(town.people(1))  # the first makes the connections and fetches the token
        town.settled(1)
        yield town


def test_a_commit_wakes_a_worker_in_another_process_within_a_second(woken: Town) -> None:
    sent, seconds = woken.count(D.SENT), []
    for count, person in enumerate(woken.people(5), 1):
        time.sleep(0.3)  # the hands of the last one have gone
        before = time.monotonic()
        woken.notices([person])
        woken.settled(sent + count)
        seconds.append(time.monotonic() - before)
    assert sorted(seconds)[2] < 1, seconds
    stranger = woken.people(1)
    time.sleep(1)
    woken.notices(stranger, announced=False)
    time.sleep(1)
    assert woken.count(D.QUEUED) == 1, "without a call it is the next look that finds it"
    queue_calls.call_due(woken.engine)
    woken.settled(sent + 6)


def test_answered_calls_and_those_that_a_dead_worker_was_answering_are_cleared_away(woken: Town) -> None:
    eventually(lambda: woken.ask(JOBS) == 0, 20)
    assert woken.ask(text("SELECT count(*) FROM procrastinate_workers")) == 1


def test_a_lost_listener_is_replaced(woken: Town) -> None:
    ears = text(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    )
    lost = woken.ask(ears)
    assert woken.ask(text("SELECT pg_terminate_backend(:pid)"), {"pid": lost})
    eventually(lambda: woken.ask(ears) not in (lost, None), 10)
    sent = woken.count(D.SENT)
    woken.notices(woken.people(1))
    woken.settled(sent + 1, 4)


def test_two_workers_share_the_work_and_one_that_is_killed_is_taken_over(town: Town) -> None:
    town.slow(0.1)
    first, second = town.start("worker", "a"), town.worker("b")
    people = town.people(1500)
    town.notices(people)
    eventually(lambda: min(town.shares().get("a", 0), town.shares().get("b", 0)) > 50, 20)
    victim = _busier(town, first, second)
    victim.kill()
    held = town.count(D.LEASED, D.SENDING)
    assert held > 0
    town.sim("faults", {"clear": True})
    eventually(lambda: town.count(D.QUEUED) == 0 and _is_still(town), 30)
    assert town.count(D.LEASED, D.SENDING) > 0, "nobody touches rows whose lease is running"
    town.travel(timedelta(seconds=15))
    queue_calls.call_due(town.engine)  # as a scheduler does every few seconds
    eventually(lambda: town.count(D.QUEUED, D.LEASED, D.SENDING) == 0, 30)
    unknown = town.count(D.UNKNOWN)
    assert unknown <= town.services.config.delivery.workers, "at most one a thread of the killed worker"
    assert town.count(D.SENT) == len(people) - unknown
    counts = town.sim_received()
    assert max(counts.values()) == 1
    assert len(counts) >= len(people) - unknown


def _is_still(town: Town) -> bool:
    """Whether the one who lives has finished: the moved clock must not end its leases too."""
    sent = town.count(D.SENT)
    time.sleep(1)
    return town.count(D.SENT) == sent


def _busier(town: Town, first: Process, second: Process) -> Process:
    shares = town.shares()
    return first if shares["a"] > shares["b"] else second


def test_a_worker_that_is_asked_to_stop_finishes_what_is_in_hand_and_gives_back_the_rest(town: Town) -> None:
    town.slow(0.3)
    worker = town.worker("a")
    people = town.people(300)
    town.notices(people)
    eventually(lambda: town.count(D.SENT) > 5)
    before = time.monotonic()
    assert worker.stop() == 0
    assert time.monotonic() - before < 5
    assert town.count(D.LEASED, D.SENDING, D.UNKNOWN) == 0
    assert town.count(D.SENT) + town.count(D.QUEUED) == len(people)
    assert town.count(D.QUEUED) > 0
    town.sim("faults", {"clear": True})
    town.worker("b")  # looks by itself when it begins
    town.settled(len(people))
    assert set(town.sim_received().values()) == {1}


def test_work_goes_on_when_the_database_was_away_for_ten_seconds(town: Town) -> None:
    town.slow(0.05)
    worker = town.worker("a")
    people = town.people(600)
    town.notices(people)
    eventually(lambda: town.count(D.SENT) > 20)
    name = town.engine.url.database
    with psycopg.connect(
        str(town.url).replace("+psycopg", "").replace(f"/{name}", "/postgres"), autocommit=True
    ) as admin:
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        admin.execute(cut, [name])
        time.sleep(10)
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())
    town.engine.dispose()
    assert worker.running.poll() is None
    eventually(lambda: town.count(D.QUEUED) == 0 and _is_still(town), 40)
    town.travel(timedelta(seconds=15))
    queue_calls.call_due(town.engine)
    eventually(lambda: town.count(D.QUEUED, D.LEASED, D.SENDING) == 0, 30)
    unknown = town.count(D.UNKNOWN)
    assert unknown <= town.services.config.delivery.workers
    assert town.count(D.SENT) == len(people) - unknown
    assert max(town.sim_received().values()) == 1
