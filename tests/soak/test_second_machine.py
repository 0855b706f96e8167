"""Workers on a second machine share the load; when it dies in the middle, the first one takes its work over."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from models.outgoing import DeliveryState
from tests.soak import accounts, machines, runs, storm
from tests.support.place import eventually
from tests.support.processes import wait_up
from tests.support.town import Town, town

NEAR, FAR = "127.0.0.1", ()
pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]


@contextmanager
def beside() -> Iterator[machines.Machine]:
    """Only another process group: the same address."""
    yield machines.Machine(NEAR, NEAR, FAR)


@pytest.mark.parametrize("dialect", ["postgres"], indirect=True)
@pytest.mark.parametrize("kind", [beside, machines.another], ids=["process group", "network namespace"])
def test_a_second_machine(
    kind: Callable[[], Iterator[machines.Machine]],
    new_database: Callable[[], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    try:
        with kind() as machine:  # type: ignore[attr-defined]
            monkeypatch.setenv("no_proxy", "*")
            with town(new_database(), tmp_path, host=machine.here) as place:
                shared_and_taken_over(place, machine)
    except machines.Impossible as reason:
        pytest.skip(f"这里不能建网络命名空间：{reason}")


def shared_and_taken_over(place: Town, machine: machines.Machine) -> None:
    runs.evening(place)
    place.settle(runs.asked_for("SOAK_RECIPIENTS", 20_000) // 8)
    first = [place.process(f"worker-here-{n}", "worker") for n in (1, 2)]
    second = [place.process(f"worker-there-{n}", "worker", prefix=machine.prefix) for n in (1, 2)]
    wait_up([*first, *second])
    place.sim("faults", {"kind": "latency", "seconds": 0.1, "path": storm.CUSTOM})
    place.staff()
    number, people = place.broadcast(runs.WORDS), len(place.people.wrote)
    eventually(partial(_sent, place, number, people // 2), 120)
    calls = place.sim("stats")["callers"]
    for process in second:
        os.kill(process.pid, signal.SIGSTOP)  # first it freezes, then it is gone
        process.kill()
    storm.Storm(place, []).calm(number)
    taken = accounts.take(place, number, runs.WORDS)
    accounts.check(place, taken, killed_threads=2 * place.threads, without_answer=0)
    print(f"\ncalls at half-time by address {calls}, { ({k.value: n for k, n in taken.states.items()}) }")
    if machine.there != machine.here:
        shares = [calls[machine.here], calls[machine.there]]
        assert min(shares) > 0.25 * sum(shares), "one machine did nearly all of it"


def _sent(place: Town, number: int, count: int) -> bool:
    return accounts.progress(place, number)[DeliveryState.SENT] >= count
