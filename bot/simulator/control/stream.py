"""Live news for chat pages: Server-Sent Events."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from typing import Any

HEARTBEAT = 10.0  # seconds; also how soon a closed browser tab is noticed
BACKLOG = 1000  # events that a stalled reader may leave unread before it is cut off


class Listener:
    """One open stream: events of one follower, or of all when `openid` is empty."""

    def __init__(self, openid: str) -> None:
        self.openid = openid
        self.lost = False
        self._events: queue.Queue[str] = queue.Queue(BACKLOG)

    def put(self, text: str) -> None:
        try:
            self._events.put_nowait(text)
        except queue.Full:
            self.lost = True

    def lines(self, hub: Stream) -> Iterator[bytes]:
        """The stream's bytes until the reader goes away or falls too far behind."""
        try:
            yield b"retry: 1000\n: connected\n\n"
            while not self.lost and not hub.closed:
                try:
                    yield self._events.get(timeout=HEARTBEAT).encode()
                except queue.Empty:
                    yield b": heartbeat\n\n"
        finally:
            hub.leave(self)


class Stream:
    """Who listens, and how they hear."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()
        self.closed = False

    def join(self, openid: str) -> Listener:
        listener = Listener(openid)
        with self._lock:
            self._listeners.append(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)

    def tell(self, event: str, data: dict[str, Any], openid: str = "") -> None:
        """Send `event` to the streams of `openid` (and to those of everybody), or to all when it is empty."""
        with self._lock:
            ears = [one for one in self._listeners if not openid or one.openid in ("", openid)]
        if ears:
            text = f"event: {event}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
            for listener in ears:
                listener.put(text)

    def reads(self, openid: str) -> bool:
        """Whether somebody has this follower's conversation open right now."""
        with self._lock:
            return any(one.openid == openid for one in self._listeners)

    def close(self) -> None:
        """End every stream at its next event."""
        self.closed = True
        self.tell("bye", {})
