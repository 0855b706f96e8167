"""The time budget: slow turns are not lost, not doubled, and never end in the platform's failure line."""

from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import Engine, text

from bot.core.db import is_sqlite
from models.inbound import Inbound
from tests.support.place import Place, eventually


def hold_writers(engine: Engine, seconds: float) -> threading.Thread:
    """Keep everybody from writing for a while, as a backup or a sick disk would."""
    held = threading.Event()

    def hold() -> None:
        with engine.connect() as connection, connection.begin():
            if not is_sqlite(engine):
                connection.execute(text("LOCK TABLE inbound IN ACCESS EXCLUSIVE MODE"))
            held.set()
            time.sleep(seconds)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    return thread


@pytest.mark.parametrize(("seconds", "deliveries"), [(1.0, 1), (6.5, 2)])
def test_a_slow_turn_answers_a_later_try(fresh_place: Place, seconds: float, deliveries: int) -> None:
    person = fresh_place.citizen()
    before = fresh_place.count(Inbound)
    thread = hold_writers(fresh_place.engine, seconds)
    answer = person.answer("菜单")
    thread.join()
    assert not answer["failed"]
    assert answer["deliveries"] == deliveries
    assert "6 提诉求" in answer["reply"]["text"]
    assert fresh_place.count(Inbound) == before + 1


def test_after_the_last_try_the_reply_comes_by_customer_service_message(fresh_place: Place) -> None:
    person = fresh_place.citizen()
    person.says("你好")
    thread = hold_writers(fresh_place.engine, 14.3)
    answer = person.answer("菜单")
    thread.join()
    assert not answer["failed"]
    assert answer["reply"] is None
    late = eventually(lambda: person.received("custom"), 40)
    assert "6 提诉求" in late[0]["text"]
