"""A body that is too large is read to its end and thrown away, and the application says so in a page of its own.

waitress answers at once and closes; a browser that is still sending then shows a broken connection and no answer.
"""

from __future__ import annotations

from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import BaseWSGIServer
from waitress.utilities import RequestEntityTooLarge


class PatientParser(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """Reads one request. The application sees the length of a body that is too large, and none of it."""

    error: Any
    completed: bool

    def __init__(self, adj: Any) -> None:
        super().__init__(adj)
        self._unwanted = 0  # bytes of the body that are still to come

    def received(self, data: bytes) -> int:
        """How many of these bytes belong to this request."""
        if self._unwanted:
            return self._throw_away(data)
        consumed: int = super().received(data)
        is_announced = self.content_length > 0 and not self.chunked
        if is_announced and isinstance(self.error, RequestEntityTooLarge):
            self.error, self.completed, self._unwanted = None, False, self.content_length
        return consumed

    def _throw_away(self, data: bytes) -> int:
        taken = min(len(data), self._unwanted)
        self._unwanted -= taken
        self.completed = not self._unwanted
        return taken


class PatientChannel(HTTPChannel):  # type: ignore[misc]  # as above
    """One connection."""

    parser_class = PatientParser


def be_patient(server: BaseWSGIServer) -> None:
    """Let a server's connections hear a large body out."""
    server.channel_class = PatientChannel
