"""The threads of this process that do one kind of work: one begins when called, more join while there is much to do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from bot.core.logs import get_logger
from bot.runtime.services import Services
from bot.runtime.work import WorkKind

log = get_logger(__name__)
# Rows that were being committed while their call was answered are found by a second look.
LINGER_SECONDS = 0.1
LONG_ROUND_SECONDS = 0.1  # a round that finds nothing is over in a hundredth of it
OTHERS_SECONDS = 0.25  # how often other processes are called while all threads here are busy


class QueueThreads:
    """Up to `kind.threads` threads at work. A thread that finds nothing looks once more and ends.

    `begin` runs a function on a free thread; `call_others` asks another process to join, and may fail silently.
    """

    def __init__(
        self,
        services: Services,
        kind: WorkKind,
        begin: Callable[[Callable[[], None]], object],
        call_others: Callable[[WorkKind], None],
    ) -> None:
        self.kind = kind
        self.most = kind.threads(services.config)
        self._full = services.config.delivery.batch_size
        self._services, self._begin, self._call_others = services, begin, call_others
        self._lock = threading.Lock()
        # A thread's number -> since when its round runs; 0: it is about to look again or to end.
        self._busy: dict[int, float] = {}
        self._count = 0
        self._called = False
        self._others_at = 0.0

    @property
    def at_work(self) -> int:
        """How many threads there are at this moment."""
        return len(self._busy)

    def call(self) -> None:
        """There is something to do: one thread more, or if all are busy, none of them ends without another look."""
        with self._lock:
            if len(self._busy) >= self.most or self._services.stopping.is_set():
                self._called = True
                return
            self._count += 1
            number = self._count
            self._busy[number] = 0.0
        self._begin(lambda: self._work_until_idle(number))

    def tend(self) -> None:
        """To be called regularly: when all threads are in long rounds, there is enough to do for more of them."""
        with self._lock:
            since = list(self._busy.values())
        if since and all(at and time.monotonic() - at > LONG_ROUND_SECONDS for at in since):
            self._call_more()

    def _call_more(self) -> None:
        if self.at_work < self.most:
            self.call()
        elif self.most > 1 and time.monotonic() - self._others_at > OTHERS_SECONDS:
            self._others_at = time.monotonic()
            self._call_others(self.kind)

    def _work_until_idle(self, number: int) -> None:
        try:
            while not self._services.stopping.is_set():
                done = self._run_round(number)
                if done >= self._full and self.most > 1:
                    self._call_more()
                if not done and self._may_go(number):
                    return
        finally:
            with self._lock:
                self._busy.pop(number, None)

    def _run_round(self, number: int) -> int:
        with self._lock:
            self._busy[number] = time.monotonic()
        try:
            return self.kind.round(self._services)
        except Exception:  # the database or the network is away: the rows are still there at the next call
            log.exception("round_failed", kind=self.kind.name)
            return 0
        finally:
            with self._lock:
                self._busy[number] = 0.0

    def _may_go(self, number: int) -> bool:
        """Whether a thread that found nothing may end. It looks once more, because a call is answered before others
        have committed, and stays when somebody has called meanwhile."""
        with self._lock:
            self._called = False
        if self._services.stopping.wait(LINGER_SECONDS):
            return True
        if self._run_round(number):
            return False
        with self._lock:
            if self._called:
                return False
            del self._busy[number]
            return True
