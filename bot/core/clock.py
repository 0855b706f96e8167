"""The time: aware UTC inside, Asia/Shanghai for people. Tests and the demo move time here and nowhere else.

Processes that should share one moved clock (the demo's simulator and web process, a test's workers)
are given the same file in the environment variable TONGXIN_CLOCK_FILE. In production it is not set.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
CLOCK_FILE = "TONGXIN_CLOCK_FILE"

_frozen: datetime | None = None
_cached: tuple[tuple[int, int], dict[str, object]] | None = None


def now() -> datetime:
    """The present moment in UTC, as moved by `frozen()` or by the shared clock file when there is one."""
    if _frozen is not None:
        return _frozen
    path = os.environ.get(CLOCK_FILE)
    if not path:
        return datetime.now(UTC)
    setting = _read_file(path)
    if "frozen" in setting:
        return datetime.fromisoformat(str(setting["frozen"])).astimezone(UTC)
    return datetime.now(UTC) + timedelta(seconds=float(str(setting.get("offset", 0))))


def local(moment: datetime) -> datetime:
    """The same moment on a Shanghai clock."""
    return moment.astimezone(SHANGHAI)


def today() -> date:
    """The calendar day in Shanghai."""
    return local(now()).date()


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """UTC moment of a wall-clock time in Shanghai on `day`."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


@contextmanager
def frozen(moment: datetime) -> Iterator[None]:
    """Keep the time still in this process; for tests."""
    global _frozen
    if moment.tzinfo is None:
        raise ValueError("a frozen clock needs an aware datetime")
    before, _frozen = _frozen, moment.astimezone(UTC)
    try:
        yield
    finally:
        _frozen = before


def write_file(path: str | Path, *, offset: float | None = None, frozen: datetime | None = None) -> None:
    """Move the clock of every process that shares `path`: `offset` in seconds, or one fixed moment."""
    setting: dict[str, object] = {"frozen": frozen.isoformat()} if frozen else {"offset": offset or 0}
    target = Path(path)
    draft = target.with_name(f"{target.name}.{os.getpid()}")
    draft.write_text(json.dumps(setting))
    draft.replace(target)  # readers never see half a file


def _read_file(path: str) -> dict[str, object]:
    global _cached
    try:
        stat = os.stat(path)
    except FileNotFoundError:
        return {}
    stamp = (stat.st_mtime_ns, stat.st_ino)
    if _cached is None or _cached[0] != stamp:
        _cached = (stamp, json.loads(Path(path).read_text()))
    return _cached[1]
