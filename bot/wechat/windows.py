"""How long and how often a person may be written to by customer-service message (platform §5.1). Pure.

Two windows: a long one after a message, a short one after a tap, a follow or a scan. A new action renews its
own window and count. How overlapping windows add up is not documented: any open one allows a message, and the
one that closes first is spent first, so that nothing is wasted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto


@dataclass(frozen=True)
class Limits:
    """WeChat's numbers; it has changed them before (2023), so they are settings."""

    message_count: int = 5
    message_hours: int = 48
    tap_count: int = 3
    tap_seconds: int = 60


@dataclass(frozen=True)
class Windows:
    """Until when, and how many messages are left. None: never opened."""

    message_until: datetime | None = None
    message_left: int = 0
    tap_until: datetime | None = None
    tap_left: int = 0


class Touch(Enum):
    """What a person did."""

    MESSAGE = auto()
    TAP = auto()  # click, scancode_push, scancode_waitmsg, or an item of a msgmenu
    FOLLOW = auto()
    SCAN = auto()
    UNFOLLOW = auto()  # closes everything: WeChat answers 45015 from now on


def after(windows: Windows, touch: Touch, moment: datetime, limits: Limits | None = None) -> Windows:
    """The windows once a person has done something at `moment`."""
    limits = limits or Limits()
    if touch is Touch.UNFOLLOW:
        return Windows()
    if touch is Touch.MESSAGE:
        until = moment + timedelta(hours=limits.message_hours)
        return replace(windows, message_until=until, message_left=limits.message_count)
    until = moment + timedelta(seconds=limits.tap_seconds)
    return replace(windows, tap_until=until, tap_left=limits.tap_count)


def spend(windows: Windows, now: datetime) -> Windows | None:
    """The windows after one message to the person, or None when none may be sent."""
    closing = min(_open_windows(windows, now), default=None)
    if closing is None:
        return None
    if closing[1] == "tap_left":
        return replace(windows, tap_left=windows.tap_left - 1)
    return replace(windows, message_left=windows.message_left - 1)


def remaining(windows: Windows, now: datetime) -> int:
    """How many messages may be sent now."""
    return sum(getattr(windows, name) for _, name in _open_windows(windows, now))


def _open_windows(windows: Windows, now: datetime) -> list[tuple[datetime, str]]:
    both = ((windows.tap_until, "tap_left"), (windows.message_until, "message_left"))
    return [(until, name) for until, name in both if until and until > now and getattr(windows, name) > 0]
