"""To count a long period of a hundred thousand cases takes a second: no page waits for it, and it is not counted again
within a few minutes.

A quarter or less is counted at once, always anew. A longer period is counted by a thread of this process and the
result serves for five minutes; a caller that asks before it is done is soon told so. Every result says when it was
counted.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from bot.core import clock
from bot.core.db import reading
from bot.statistics.period import Period

T = TypeVar("T")
SECONDS = 300.0
LONG_DAYS = 93
MOST = 100
PATIENCE_SECONDS = 0.12  # a page has 0.2


@dataclass(frozen=True)
class Counted(Generic[T]):
    """A result, and the moment of which it speaks."""

    value: T
    at: datetime


_results: dict[Hashable, tuple[float, Counted[Any]]] = {}
_running: dict[Hashable, Future[Counted[Any]]] = {}
_lock = threading.Lock()
_counters = ThreadPoolExecutor(2, thread_name_prefix="numbers")


def counted(
    engine: Engine,
    db: Session,
    make: Callable[..., T],
    period: Period,
    *more: Hashable,
    patience: float | None = None,
) -> Counted[T] | None:
    """`make(db, period, *more)`, or its result of a few minutes ago when the period is long; None when it takes longer
    than the patience in seconds: the counting goes on, so ask again."""
    if (period.last - period.first).days < LONG_DAYS:
        return Counted(make(db, period, *more), clock.now())
    key = (engine.url, make.__module__, make.__qualname__, period, clock.today(), *more)
    with _lock:
        known = _results.get(key)
        if known is not None and time.monotonic() - known[0] < SECONDS:
            return known[1]
        running = _running.get(key)
        if running is None:
            running = _running[key] = _counters.submit(_count_in_background, engine, key, make, period, more)
    wait([running], PATIENCE_SECONDS if patience is None else patience)
    if not running.done():
        return None
    with _lock:
        if _running.get(key) is running:
            del _running[key]
    return running.result()  # an error in it is raised for the first caller that asks after it


def _count_in_background(
    engine: Engine, key: Hashable, make: Callable[..., T], period: Period, more: tuple[Hashable, ...]
) -> Counted[T]:
    with reading(engine) as db:
        found = Counted(make(db, period, *more), clock.now())
    with _lock:
        if len(_results) >= MOST:
            _results.pop(min(_results, key=lambda old: _results[old][0]))
        _results[key] = (time.monotonic(), found)
        _running.pop(key, None)
    return found


def forget() -> None:
    """Count everything anew from now on."""
    with _lock:
        _results.clear()
