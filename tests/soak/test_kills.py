"""100 random kill -9 over web, scheduler and workers on PostgreSQL, 20 over the one process on SQLite."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.soak import runs
from tests.support.town import town

RECIPIENTS = 20_000


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_kills_lose_and_double_nothing(dialect: str, new_database: Callable[[], str], tmp_path: Path) -> None:
    recipients = runs.asked_for("SOAK_RECIPIENTS", RECIPIENTS)
    kills = runs.asked_for("SOAK_KILLS", 100 if dialect == "postgres" else 20)
    with town(new_database(), tmp_path) as place:
        runs.evening(place)
        place.settle(recipients)
        if dialect == "postgres":
            names = ("web", "scheduler-1", "scheduler-2", "worker-1", "worker-2", "worker-3")
            victims = [(place.process(name), place.threads * name.startswith("worker")) for name in names]
            victims += victims[3:]  # workers die twice as often as the others
        else:
            victims = [(place.process("run"), place.threads)]
        runs.run(place, victims, kills=kills, latency=0.12, share=0.003)
