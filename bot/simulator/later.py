"""Work that WeChat does a little after it has answered: jobs and their events."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)
WORKERS = 6  # one slow webhook answer (15 s) must not hold up the other events


class Later:
    """A few daemon threads that run tasks when they are due, in real seconds, whatever the moved clock says."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._busy = 0
        self._closed = False
        self._threads: list[threading.Thread] = []

    def add(self, seconds: float, task: Callable[[], None]) -> None:
        """Run `task` after `seconds`; tasks of the same moment run in the order they were added."""
        with self._changed:
            if self._closed:
                return
            if not self._threads:
                self._start()
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._order), task))
            self._changed.notify()

    def idle(self, timeout: float) -> bool:
        """Wait until nothing is left to do; False when `timeout` seconds were not enough."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._due and not self._busy, timeout)

    def close(self) -> None:
        """Drop what is left and let the threads end."""
        with self._changed:
            self._closed = True
            self._due.clear()
            self._changed.notify_all()

    def _start(self) -> None:
        for number in range(WORKERS):
            thread = threading.Thread(target=self._work, name=f"simulator-later-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while (task := self._next()) is not None:
            try:
                task()
            except Exception:  # one broken job must not end WeChat's background work
                log.exception("a background task of the simulator failed")
            finally:
                with self._changed:
                    self._busy -= 1
                    self._changed.notify_all()

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            while not self._closed:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    self._busy += 1
                    return heapq.heappop(self._due)[2]
                self._changed.wait(wait)
            return None
