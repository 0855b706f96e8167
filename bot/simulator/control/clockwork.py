"""Moving time for everybody who shares the clock file: the simulator, the web process, workers."""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.core import clock

if TYPE_CHECKING:
    from bot.simulator.world import World


def prepare(clock_file: Path | None) -> None:
    """Make this process follow the shared clock file, when there is one."""
    if clock_file is not None:
        os.environ[clock.CLOCK_FILE] = str(clock_file)


def shown() -> dict[str, Any]:
    """The present moment on WeChat, and how far it is from the real one."""
    now = clock.now()
    return {
        "now": now.isoformat(timespec="milliseconds"),
        "local": clock.local(now).isoformat(timespec="seconds"),
        "utc": now.isoformat(timespec="seconds"),
        "offset_seconds": round(_present_offset(), 3),
    }


def move(world: World, body: dict[str, Any]) -> dict[str, Any]:
    """Apply offset_seconds, advance_seconds, set or reset. Raises ValueError for anything else."""
    clock.write_file(_clock_file(world), offset=_wanted_offset(body))
    now = shown()
    world.stream.tell("clock", now)
    return now


def _wanted_offset(body: dict[str, Any]) -> float:
    if body.get("reset"):
        return 0.0
    if "set" in body:
        moment = datetime.fromisoformat(str(body["set"]))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=clock.SHANGHAI)  # people write Beijing time
        return (moment - datetime.now(UTC)).total_seconds()
    for key, start in (("advance_seconds", _present_offset()), ("offset_seconds", 0.0)):
        if isinstance(body.get(key), int | float):
            return start + float(body[key])
    raise ValueError("请写 offset_seconds、advance_seconds、set（如 2026-11-30T09:00:00+08:00）或 reset")


def _present_offset() -> float:
    return (clock.now() - datetime.now(UTC)).total_seconds()


def _clock_file(world: World) -> Path:
    """The shared file; without one a file of our own, which only this process follows."""
    if world.settings.clock_file is not None:
        return world.settings.clock_file
    if path := os.environ.get(clock.CLOCK_FILE):
        return Path(path)
    own = Path(tempfile.mkdtemp(prefix="simulator-clock-")) / "clock.json"
    os.environ[clock.CLOCK_FILE] = str(own)
    return own
