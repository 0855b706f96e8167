"""The hands of one process: one for a call, more while there is much, and no call is forgotten."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from sqlalchemy import true

from bot.runtime.queue_threads import QueueThreads
from bot.runtime.services import Services
from bot.runtime.work import WorkKind
from tests.support.place import eventually


@dataclass
class Work:
    """Something to do in rounds of `size`, each of which takes `seconds`."""

    left: int = 0
    size: int = 50
    seconds: float = 0.0
    rounds: int = 0
    at_once: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def round(self, _services: Services) -> int:
        """Take some of it."""
        with self.lock:
            self.rounds += 1
            taken = min(self.size, self.left)
            self.left -= taken
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(self.seconds if taken else 0)
        with self.lock:
            self.at_once -= 1
        return taken


@pytest.fixture
def hire(services: Services) -> Iterator[Callable[..., tuple[QueueThreads, list[str]]]]:
    """Hands for some work, with the calls that they make to others."""
    pool = ThreadPoolExecutor(8)

    def make(work: Work, most: int) -> tuple[QueueThreads, list[str]]:
        others: list[str] = []
        kind = WorkKind("test", work.round, true(), lambda config: most)
        return QueueThreads(services, kind, pool.submit, lambda called: others.append(called.name)), others

    yield make
    services.stopping.set()
    pool.shutdown()


def idle(hands: QueueThreads) -> None:
    eventually(lambda: hands.at_work == 0, 5)


def test_a_call_is_worked_off_and_the_hand_looks_once_more(
    hire: Callable[..., tuple[QueueThreads, list[str]]],
) -> None:
    work = Work(left=120)
    hands, _ = hire(work, 1)
    hands.call()
    idle(hands)
    assert (work.left, work.rounds) == (0, 5)


def test_rows_that_are_committed_while_their_call_is_answered_are_found(
    hire: Callable[..., tuple[QueueThreads, list[str]]],
) -> None:
    work = Work()
    hands, _ = hire(work, 1)
    commit = threading.Timer(0.05, lambda: setattr(work, "left", 10))
    commit.start()
    hands.call()
    commit.join()
    idle(hands)
    assert work.left == 0


def test_a_call_while_all_hands_are_busy_is_not_forgotten(
    hire: Callable[..., tuple[QueueThreads, list[str]]],
) -> None:
    work = Work(left=1, seconds=0.3)
    hands, _ = hire(work, 1)
    hands.call()
    eventually(lambda: work.at_once == 1)
    hands.call()
    idle(hands)
    assert work.most_at_once == 1
    first = work.rounds
    hands.call()
    idle(hands)
    assert work.rounds - first < first, "the call in between had its own look"


def test_full_rounds_bring_more_hands_and_then_other_processes(
    hire: Callable[..., tuple[QueueThreads, list[str]]],
) -> None:
    work = Work(left=3000, seconds=0.02)
    hands, others = hire(work, 4)
    hands.call()
    idle(hands)
    assert work.most_at_once == 4
    assert others
    assert len(others) <= 5, "others are not called all the time"


def test_long_rounds_bring_more_hands_one_after_the_other(
    hire: Callable[..., tuple[QueueThreads, list[str]]],
) -> None:
    work = Work(left=40, size=10, seconds=0.5)
    hands, _ = hire(work, 3)
    hands.call()
    eventually(lambda: work.at_once == 1)
    hands.tend()
    assert hands.at_work == 1, "a round that has just begun is not long"
    time.sleep(0.15)
    hands.tend()
    eventually(lambda: work.at_once == 2)
    idle(hands)


def test_a_round_that_fails_is_the_end_of_a_hand_and_not_of_the_others(
    hire: Callable[..., tuple[QueueThreads, list[str]]],
) -> None:
    work = Work(left=10)
    hands, _ = hire(work, 1)
    work.size = None  # type: ignore[assignment]  # min() of it raises
    hands.call()
    idle(hands)
    work.size = 50
    hands.call()
    idle(hands)
    assert work.left == 0


def test_when_told_to_stop_no_hand_begins(
    services: Services, hire: Callable[..., tuple[QueueThreads, list[str]]]
) -> None:
    work = Work(left=10)
    hands, _ = hire(work, 1)
    services.stopping.set()
    hands.call()
    assert (hands.at_work, work.rounds) == (0, 0)
