"""How far WeChat's signed timestamps are from our clock, so that a wrong clock shows before anybody complains.

One old address that somebody repeats proves nothing: the clock is wrong when such addresses come and no others do.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

LATELY = 600.0  # seconds for which an observation counts


@dataclass
class Drift:
    """What this process has seen; moments are of the machine's monotonic clock, which nobody moves."""

    _stale: tuple[float, float] | None = None  # seconds, when
    _accepted_at: float = -LATELY

    def accept(self) -> None:
        """A signed address of the right time came."""
        self._accepted_at = time.monotonic()

    def refuse(self, seconds: float) -> None:
        """A signed address came that was refused for its age."""
        self._stale = (seconds, time.monotonic())

    def seconds(self) -> float | None:
        """By how much our clock is ahead if it is wrong; None as long as there is no sign of it."""
        if self._stale is None:
            return None
        seconds, at = self._stale
        is_lately = time.monotonic() - at < LATELY
        return seconds if is_lately and time.monotonic() - self._accepted_at >= LATELY else None
