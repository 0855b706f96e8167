"""kill -9 of `tongxin run` while a push goes out: each person gets it at most once."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
import requests
from sqlalchemy import Engine, func, select

from bot.core import clock
from bot.core.db import reading
from bot.study import series as study
from models.outgoing import Broadcast, Delivery, DeliveryState
from models.study import enabled_series
from tests.crash.caller import Caller
from tests.crash.service import Service
from tests.support.place import eventually

pytestmark = pytest.mark.timeout(400)


def test_a_push_that_is_killed_again_and_again_reaches_each_person_at_most_once(
    simulator_and_service: tuple[str, Service, Engine],
) -> None:
    simulator, service, engine = simulator_and_service
    caller, people = Caller(simulator), [f"o{n:027d}" for n in range(40)]
    for openid in people:
        caller.say(openid, "订阅 全部")
    requests.post(
        f"{simulator}/sim/faults",
        json={"faults": [{"path": "/cgi-bin/message", "latency": 0.05}]},
        timeout=30,
    )
    with reading(engine) as db:
        due = min(study.next_occurrence(series, clock.now()) for series in enabled_series(db))
    requests.post(
        f"{simulator}/sim/clock", json={"set": (due + timedelta(seconds=2)).isoformat()}, timeout=30
    )
    eventually(lambda: _broadcasts(engine), 30)
    for _ in range(5):
        time.sleep(0.4)
        service.kill()
        service.start()
    requests.post(f"{simulator}/sim/faults", json={"clear": True}, timeout=30)
    eventually(lambda: _unsettled(engine) == 0, 90)
    stats = requests.get(f"{simulator}/sim/stats", timeout=30).json()
    assert stats["most_messages_of_one_broadcast_to_one_person"] <= 1
    with reading(engine) as db:
        states = dict(db.execute(select(Delivery.state, func.count()).group_by(Delivery.state)).all())
        assert sum(states.values()) == len(people) * (
            db.scalar(select(func.count()).select_from(Broadcast)) or 0
        )
        assert states.get(DeliveryState.UNKNOWN, 0) <= 5


def _broadcasts(engine: Engine) -> int:
    with reading(engine) as db:
        return db.scalar(select(func.count()).select_from(Broadcast)) or 0


def _unsettled(engine: Engine) -> int:
    busy = (DeliveryState.QUEUED, DeliveryState.LEASED, DeliveryState.SENDING)
    with reading(engine) as db:
        return db.scalar(select(func.count()).select_from(Delivery).where(Delivery.state.in_(busy))) or 0
