"""How long to wait after a failed try."""

from __future__ import annotations

from datetime import timedelta

SECONDS = (5, 30, 120, 600, 1800)
JITTER = 0.3  # of a pause: a thousand rows that failed together do not come back together


def backoff(attempts: int, row_id: int = 0) -> timedelta:
    """The pause after this many tries; it grows, and differs a little from row to row."""
    seconds = SECONDS[min(max(attempts, 1), len(SECONDS)) - 1]
    return timedelta(seconds=seconds * (1 + JITTER * (row_id * 0.618 % 1)))
