"""kill -9 of `tongxin run` while a push goes out: each person gets it at most once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import requests
from sqlalchemy import Engine, func, select

from bot.core import clock
from bot.core.db import reading
from bot.study import series as study
from models.outgoing import Broadcast, BroadcastState, Delivery, DeliveryState
from models.study import enabled_series
from tests.crash.caller import Caller
from tests.crash.service import Service
from tests.support.place import eventually

KILLS, THREADS, LEASE = 5, 4, timedelta(seconds=12)  # as `tests/support/place.py` configures them
BUSY = (DeliveryState.QUEUED, DeliveryState.LEASED, DeliveryState.SENDING)
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
        json={"faults": [{"path": "/cgi-bin/message", "latency": 0.3}]},
        timeout=30,
    )
    with reading(engine) as db:
        due = min(study.next_occurrence(series, clock.now()) for series in enabled_series(db))
    _set_clock(simulator, due + timedelta(seconds=2))
    for _ in range(KILLS):
        before = _settled(engine)
        eventually(lambda: _settled(engine) >= before + 4)  # noqa: B023 - asked at once
        service.kill()
        service.start()
        _set_clock(simulator, clock.now() + LEASE)  # nobody waits for what the killed one had claimed
    requests.post(f"{simulator}/sim/faults", json={"clear": True}, timeout=30)
    eventually(lambda: _all_done(engine), 90)
    stats = requests.get(f"{simulator}/sim/stats", timeout=30).json()
    assert stats["most_messages_of_one_broadcast_to_one_person"] <= 1
    with reading(engine) as db:
        states = dict(db.execute(select(Delivery.state, func.count()).group_by(Delivery.state)).all())
        assert sum(states.values()) == len(people) * (
            db.scalar(select(func.count()).select_from(Broadcast)) or 0
        )
        assert states.get(DeliveryState.UNKNOWN, 0) <= KILLS * THREADS, "one row a thread at most"


def _set_clock(simulator: str, moment: datetime) -> None:
    requests.post(f"{simulator}/sim/clock", json={"set": moment.isoformat()}, timeout=30)


def _settled(engine: Engine) -> int:
    """How many rows have left the queue."""
    with reading(engine) as db:
        return db.scalar(select(func.count()).where(Delivery.state.not_in(BUSY))) or 0


def _all_done(engine: Engine) -> bool:
    """Whether every broadcast has its rows, and none of them is on its way."""
    with reading(engine) as db:
        states = set(db.scalars(select(Broadcast.state)))
        return states == {BroadcastState.DONE} and not db.scalar(
            select(Delivery.id).where(Delivery.state.in_(BUSY)).limit(1)
        )
