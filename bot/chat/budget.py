"""The time budget of a passive reply (platform §3: 5 seconds, three tries; design §5: 3.5 seconds).

A try that overruns stays unanswered, so that WeChat asks again and gets the stored reply; the last try is
acknowledged. A turn that ends past its budget queues its words as a message, in its own transaction; the message
is withdrawn when a later try fetches the reply after all.

The first try of a message runs in the thread that asks, which is a twelfth cheaper than handing it over: nobody
minds when it overruns. Any other try runs in a pool, so that it can be left in time. So does a first try while
many of the asking threads are already in a turn: a database that stands still must not keep them all.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, field

from sqlalchemy.exc import InterfaceError, OperationalError

from bot.core import clock
from bot.core.logs import get_logger
from bot.wechat.inbound import Incoming, key

log = get_logger(__name__)
BUDGET = 3.5  # seconds until the last try is acknowledged without its reply
ANSWER_BY = 4.7  # an earlier try may still be answered until then
HANG_UP = 5.3  # an unanswered try is kept open just past WeChat's patience, so that WeChat asks again
TRIES = 3
LAST_TRY_AGE = (9.0, 60.0)  # seconds since the message was made: the third try comes after ten
FORGET = 60.0  # seconds after which WeChat does not ask for a message again
MANY = 1000


@dataclass(frozen=True)
class Turned:
    """What a turn gave: the reply's plain XML, and whether a message with the same words may be queued too."""

    xml: str
    is_queued_too: bool = False


@dataclass
class _Asked:
    times: int = 0
    since: float = field(default_factory=time.monotonic)


class Budget:
    """Runs turns and keeps WeChat's deadline. `turn` gets the moment (monotonic) when its budget ends.

    The pool has `threads`; of the threads that call `answer`, at most half as many are in a turn themselves.
    """

    def __init__(
        self, turn: Callable[[Incoming, float], Turned], withdraw: Callable[[str], None], threads: int
    ) -> None:
        self._turn, self._withdraw = turn, withdraw
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="turn")
        self._here = threading.BoundedSemaphore(max(1, threads // 2))
        self._lock = threading.Lock()
        self._asked: dict[str, _Asked] = {}

    def answer(self, incoming: Incoming) -> str:
        """The reply's plain XML within the budget, or "" after keeping the try open as said above."""
        started = time.monotonic()
        message_key = key(incoming)
        times, last = self._count_tries(message_key, incoming)
        try:
            turned = self._run_turn(incoming, started, here=times == 1 and not last, last=last)
        except FutureTimeout:
            log.warning("reply_late", last=last)
            return self._leave_unanswered(started, last)
        except (OperationalError, InterfaceError):
            log.exception("database_away", last=last)
            if last:
                raise
            return self._leave_unanswered(started, last)
        with self._lock:
            self._asked.pop(message_key, None)
        if turned.is_queued_too:
            self._withdraw(message_key)
        return turned.xml

    def _run_turn(self, incoming: Incoming, started: float, *, here: bool, last: bool) -> Turned:
        """The turn's outcome; FutureTimeout when it does not come, or did not come, while somebody listens."""
        if not (here and self._here.acquire(blocking=False)):
            future = self._pool.submit(self._turn, incoming, started + BUDGET)
            return future.result(timeout=BUDGET if last else ANSWER_BY)
        try:
            turned = self._turn(incoming, started + BUDGET)
        finally:
            self._here.release()
        if time.monotonic() - started > ANSWER_BY:
            raise FutureTimeout  # the queued message must stay: this answer would reach nobody
        return turned

    def _leave_unanswered(self, started: float, last: bool) -> str:
        if not last:
            time.sleep(max(0.0, started + HANG_UP - time.monotonic()))
        return ""

    def close(self) -> None:
        """Finish what is running."""
        self._pool.shutdown(wait=True)

    def _count_tries(self, message_key: str, incoming: Incoming) -> tuple[int, bool]:
        """How often this process was asked, and whether WeChat will not ask again. Other processes may have had the
        earlier tries, so the message's age tells as well."""
        with self._lock:
            if len(self._asked) > MANY:
                old = time.monotonic() - FORGET
                self._asked = {k: v for k, v in self._asked.items() if v.since > old}
            asked = self._asked.setdefault(message_key, _Asked())
            asked.times += 1
        age = clock.now().timestamp() - incoming.created_at
        return asked.times, asked.times >= TRIES or LAST_TRY_AGE[0] <= age < LAST_TRY_AGE[1]
