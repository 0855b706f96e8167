"""Customer-service windows: what a person's action allows, and for how long (platform §5.1). No clock here."""

from __future__ import annotations

from collections.abc import Mapping

from bot.simulator.errors import CallRefused
from bot.simulator.state import Window

MESSAGE, TAP, FOLLOW, SCAN = "message", "tap", "follow", "scan"
GRANTS = {MESSAGE: (5, 48 * 3600), TAP: (3, 60), FOLLOW: (3, 60), SCAN: (3, 60)}  # messages, seconds
BY_EVENT = {
    "subscribe": FOLLOW,
    "scan": SCAN,
    "click": TAP,
    "scancode_push": TAP,
    "scancode_waitmsg": TAP,
}


def action(message_type: str, event: str = "", *, from_msgmenu: bool = False) -> str | None:
    """Which window a push opens, None for one that opens none (a VIEW tap, an unsubscribe …)."""
    if message_type.lower() == "event":
        return BY_EVENT.get(event.lower())
    return TAP if from_msgmenu else MESSAGE


def opened(kind: str, now: float) -> Window:
    """A fresh window; it replaces the older one of its kind."""
    count, seconds = GRANTS[kind]
    return Window(now + seconds, count)


def spend(windows: Mapping[str, Window], now: float) -> None:
    """Take one message from the window that closes first. Raises 45015 (none open) or 45047 (none left)."""
    still_open = sorted((one for one in windows.values() if one.until > now), key=lambda one: one.until)
    if not still_open:
        raise CallRefused(45015)
    for window in still_open:
        if window.left > 0:
            window.left -= 1
            return
    raise CallRefused(45047)
