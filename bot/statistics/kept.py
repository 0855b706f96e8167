"""The numbers of long periods are kept for a few minutes: a year of a hundred thousand cases takes most of a second.

Each process keeps its own. What is shown says when it was counted; a quarter and less is always counted anew.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy.orm import Session

from bot import clock
from bot.statistics.period import Period

T = TypeVar("T")
SECONDS = 300.0
LONG_DAYS = 93
MOST = 100


@dataclass(frozen=True)
class Counted(Generic[T]):
    """A result, and the moment of which it speaks."""

    value: T
    at: datetime


_kept: dict[Hashable, tuple[float, Counted[Any]]] = {}
_lock = threading.Lock()


def counted(db: Session, make: Callable[..., T], period: Period, *more: Hashable) -> Counted[T]:
    """`make(db, period, *more)`, or what it was a few minutes ago when the period is long."""
    if (period.last - period.first).days < LONG_DAYS:
        return Counted(make(db, period, *more), clock.now())
    key = (db.get_bind().engine.url, make.__module__, make.__qualname__, period, clock.today(), *more)
    known = _kept.get(key)
    if known is not None and time.monotonic() - known[0] < SECONDS:
        return known[1]
    found = Counted(make(db, period, *more), clock.now())
    with _lock:
        if len(_kept) >= MOST:
            _kept.pop(min(_kept, key=lambda old: _kept[old][0]))
        _kept[key] = (time.monotonic(), found)
    return found


def forget() -> None:
    """Count everything anew from now on."""
    with _lock:
        _kept.clear()
