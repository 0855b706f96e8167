"""The time budget of a passive reply (platform §3: 5 seconds, three tries; design §5: 3.5 seconds).

The turn runs in a pool. A try that overruns stays unanswered, so that the platform asks again and gets the
stored reply; the last try is acknowledged, and the reply goes out as a notice instead.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, field
from datetime import timedelta

import xmltodict

from bot import clock
from bot.db import transaction
from bot.logs import get_logger
from bot.notices import leave_notice
from bot.services import Services
from bot.wechat.inbound import Incoming, key

log = get_logger(__name__)
BUDGET = 3.5  # seconds until the last try is acknowledged without its reply
PLATFORM_WAITS = 5.0
HANG_UP = 5.3  # an earlier try is held just past the platform's patience, so that it asks again
ANSWER_BY = 4.7
TRIES = 3
AFTER_LAST_TRY = timedelta(seconds=12)


@dataclass
class _Question:
    """One message while this process works on it."""

    asked: int = 0
    answered: bool = False
    late: bool = False
    since: float = field(default_factory=time.monotonic)


class Budget:
    """Runs turns and keeps the platform's deadline."""

    def __init__(self, services: Services, threads: int) -> None:
        self._services = services
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="turn")
        self._lock = threading.Lock()
        self._questions: dict[str, _Question] = {}

    def answer(self, incoming: Incoming, turn: Callable[[Incoming], str]) -> str:
        """The reply's plain XML within the budget, or "" after having held the try as said above."""
        started = time.monotonic()
        message_key = key(incoming)
        question, last = self._ask(message_key, incoming)
        future = self._pool.submit(turn, incoming)
        try:
            xml = future.result(timeout=BUDGET if last else ANSWER_BY)
        except FutureTimeout:
            self._overrun(message_key, question, incoming, future)
            if not last:
                time.sleep(max(0.0, started + HANG_UP - time.monotonic()))
            return ""
        self._answered(message_key, question)
        return xml

    def close(self) -> None:
        """Finish what is running."""
        self._pool.shutdown(wait=True)

    def _ask(self, message_key: str, incoming: Incoming) -> tuple[_Question, bool]:
        with self._lock:
            question = self._questions.setdefault(message_key, _Question())
            question.asked += 1
        # Other processes may have had the earlier tries: the message's age tells as well.
        age = clock.now().timestamp() - incoming.created_at
        return question, question.asked >= TRIES or 9.0 <= age < 60.0

    def _answered(self, message_key: str, question: _Question) -> None:
        with self._lock:
            question.answered = True
            if not question.late:
                self._questions.pop(message_key, None)

    def _overrun(
        self, message_key: str, question: _Question, incoming: Incoming, future: Future[str]
    ) -> None:
        log.warning("reply_late", asked=question.asked)
        with self._lock:
            first, question.late = not question.late, True
        if first:
            future.add_done_callback(lambda done: self._leave(message_key, question, incoming, done))

    def _leave(self, message_key: str, question: _Question, incoming: Incoming, done: Future[str]) -> None:
        """The turn has ended after all: its words wait as a notice, unless a later try still fetches them."""
        try:
            text = words_of(done.result())
            if text and not question.answered:
                moment = clock.now()
                with transaction(self._services.engine) as db:
                    leave_notice(
                        db,
                        key=f"late:{message_key}",
                        recipient=incoming.openid,
                        payload={"text": text},
                        moment=moment,
                        not_before=moment + AFTER_LAST_TRY,
                    )
        except Exception:
            log.exception("late_reply_lost")
        finally:
            with self._lock:
                self._questions.pop(message_key, None)


def words_of(xml: str) -> str:
    """The words of a rendered reply; a card becomes its title and address."""
    if not xml:
        return ""
    fields = xmltodict.parse(xml)["xml"]
    if fields["MsgType"] == "text":
        return str(fields["Content"])
    if fields["MsgType"] == "news":
        item = fields["Articles"]["item"]
        return f"{item['Title']}\n{item['Description'] or ''}\n{item['Url']}"
    return ""
