"""The soak in small, so that it is never broken when it is wanted: a few hundred people, six kills in all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.soak import runs
from tests.support.town import town

RECIPIENTS = 300


def test_kills_lose_and_double_nothing(dialect: str, new_database: Callable[[], str], tmp_path: Path) -> None:
    with town(new_database(), tmp_path) as place:
        place.settle(RECIPIENTS)
        if dialect == "postgres":
            names = ("web", "scheduler", "worker", "worker-2")
            victims = [(place.process(name), place.threads * name.startswith("worker")) for name in names]
        else:
            victims = [(place.process("run"), place.threads)]
        kills = 4 if dialect == "postgres" else 2
        runs.run(place, victims, kills=kills, latency=0.04, share=0.005, in_full=False)
