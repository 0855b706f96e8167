"""How fast each person writes, as this process sees it: whoever sends more than a hand can type, without waiting for the
answers, is asked to wait a moment."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

MOST, SECONDS = 60, 10.0
AT_ONCE = 1  # messages of one person that wait for their answers
PEOPLE = 1000  # looked through once there are more


@dataclass
class _Person:
    """When the last messages came, and how many of them are being answered."""

    arrivals: deque[float] = field(default_factory=lambda: deque(maxlen=MOST + 1))
    in_hand: int = 0


class Pace:
    """The arrivals of the last seconds, by person."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._people: dict[str, _Person] = {}

    @contextmanager
    def arrival(self, openid: str) -> Iterator[bool]:
        """A message while it is answered; whether its sender hurries: more than `MOST` within `SECONDS`, and the one
        before not answered yet. Who waits for each answer keeps nobody else waiting, however fast they are."""
        now = time.monotonic()
        with self._lock:
            self._forget(now)
            person = self._people.setdefault(openid, _Person())
            person.arrivals.append(now)
            person.in_hand += 1
            many = len(person.arrivals) > MOST and now - person.arrivals[0] < SECONDS
            hurried = many and person.in_hand > AT_ONCE
        try:
            yield hurried
        finally:
            with self._lock:
                person.in_hand -= 1

    def _forget(self, now: float) -> None:
        if len(self._people) > PEOPLE:
            self._people = {
                openid: person
                for openid, person in self._people.items()
                if person.in_hand or now - person.arrivals[-1] < SECONDS
            }
