"""The workers of one process: threads that look for rows, woken by a bell and by their own patience."""

from __future__ import annotations

import threading
from collections.abc import Callable

from bot.core.logs import get_logger
from bot.runtime.services import Services
from bot.runtime.work import kinds

log = get_logger(__name__)
PATIENCE_SECONDS = 2.0


class Workers:
    """A few threads per kind of work; each repeats its round while there is something to do."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._stopping = services.stopping
        self._bells: list[threading.Event] = []
        self._threads = [
            self._thread(f"{kind.name}-{number}", kind.round)
            for kind in kinds()
            for number in range(kind.threads(services.config))
        ]
        services.bells.append(self.ring)

    def start(self) -> None:
        """Start every thread."""
        for thread in self._threads:
            thread.start()

    def ring(self) -> None:
        """Tell every thread that there are new rows."""
        for bell in self._bells:
            bell.set()

    def stop(self) -> None:
        """Finish the messages under way and end; rows keep the rest."""
        self._stopping.set()
        self.ring()
        for thread in self._threads:
            thread.join(timeout=30)

    def _thread(self, name: str, work: Callable[[Services], int]) -> threading.Thread:
        bell = threading.Event()
        self._bells.append(bell)

        def loop() -> None:
            while not self._stopping.is_set():
                if not self._run_round(name, work):
                    bell.wait(PATIENCE_SECONDS)
                    bell.clear()

        return threading.Thread(target=loop, name=name, daemon=True)

    def _run_round(self, name: str, work: Callable[[Services], int]) -> int:
        try:
            return work(self._services)
        except Exception:  # the database or the network is away: the rows are still there next time
            log.exception("round_failed", work=name)
            return 0
