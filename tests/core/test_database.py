"""Transactions, keys and types behave the same on both databases."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import StatementError

from bot.core.db import after_commit, insert_once, reading, transaction
from models.followers import Follower
from models.jobs import Beat


def followers(engine: Engine) -> int:
    with reading(engine) as db:
        return db.scalar(select(func.count()).select_from(Follower)) or 0


def add(db: object, openid: str) -> int | None:
    return insert_once(db, Follower, openid=openid, subscribed=True, message_left=0, tap_left=0)  # type: ignore[arg-type]


def test_a_block_that_raises_leaves_nothing_and_wakes_nobody(engine: Engine) -> None:
    woken: list[int] = []
    with pytest.raises(RuntimeError), transaction(engine) as db:
        add(db, "o1")
        after_commit(db, lambda: woken.append(1))
        raise RuntimeError
    assert followers(engine) == 0
    assert woken == []


def test_hints_run_when_the_rows_are_there(engine: Engine) -> None:
    seen: list[int] = []
    with transaction(engine) as db:
        add(db, "o1")
        after_commit(db, lambda: seen.append(followers(engine)))
    assert seen == [1]


def test_the_second_waits_for_the_first_and_finds_it_done(engine: Engine) -> None:
    started, order = threading.Event(), []

    def first() -> None:
        with transaction(engine) as db:
            order.append(("first", add(db, "same") is not None))
            started.set()
            time.sleep(0.3)

    thread = threading.Thread(target=first)
    thread.start()
    started.wait()
    with transaction(engine) as db:
        order.append(("second", add(db, "same") is not None))
    thread.join()
    assert order == [("first", True), ("second", False)]


def test_the_second_does_the_work_when_the_first_failed(engine: Engine) -> None:
    started = threading.Event()

    def first() -> None:
        with pytest.raises(RuntimeError), transaction(engine) as db:
            add(db, "same")
            started.set()
            time.sleep(0.3)
            raise RuntimeError

    thread = threading.Thread(target=first)
    thread.start()
    started.wait()
    with transaction(engine) as db:
        assert add(db, "same") is not None
    thread.join()
    assert followers(engine) == 1


def test_moments_come_back_aware_and_in_utc(engine: Engine) -> None:
    shanghai = datetime(2026, 11, 24, 9, 30, tzinfo=timezone(timedelta(hours=8)))
    with transaction(engine) as db:
        insert_once(db, Beat, name="x", at=shanghai)
    with reading(engine) as db:
        at = db.scalars(select(Beat.at)).one()
    assert at == shanghai
    assert at.utcoffset() == timedelta(0)
    assert at.tzinfo is UTC


def test_naive_moments_are_refused(engine: Engine) -> None:
    with pytest.raises(StatementError), transaction(engine) as db:
        insert_once(db, Beat, name="x", at=datetime(2026, 11, 24))


def test_many_threads_writing_at_once_all_get_their_turn(engine: Engine) -> None:
    def write(n: int) -> None:
        for k in range(5):
            with transaction(engine) as db:
                add(db, f"o{n}-{k}")

    threads = [threading.Thread(target=write, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert followers(engine) == 60
