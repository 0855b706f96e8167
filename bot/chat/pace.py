"""How fast each person writes, as this process sees it: whoever sends more than a hand can type is asked to wait a moment."""

from __future__ import annotations

import threading
import time
from collections import deque

MOST, SECONDS = 60, 10.0
PEOPLE = 1000  # looked through once there are more


class Pace:
    """The arrivals of the last seconds, by person."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._arrivals: dict[str, deque[float]] = {}

    def is_hurried(self, openid: str) -> bool:
        """Count one arrival; whether there were more than `MOST` within `SECONDS`."""
        now = time.monotonic()
        with self._lock:
            if len(self._arrivals) > PEOPLE:
                self._arrivals = {k: v for k, v in self._arrivals.items() if now - v[-1] < SECONDS}
            mine = self._arrivals.setdefault(openid, deque(maxlen=MOST + 1))
            mine.append(now)
            return len(mine) > MOST and now - mine[0] < SECONDS
