"""The simulator's web server: one thread a connection, so that open streams and slow calls starve nobody.

Werkzeug's own handler closes each connection after one answer; API clients keep theirs open, so this one does too.
"""

from __future__ import annotations

import socket
from io import BytesIO
from typing import Any

from flask import Flask, Response, request
from werkzeug.serving import BaseWSGIServer, ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.test import run_wsgi_app

DROP = "simulator.drop"
IDLE_SECONDS = 75  # an unused connection is closed after this long


class KeepAliveHandler(WSGIRequestHandler):
    """HTTP/1.1: answers of known length keep the connection, streams end with it."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave in one packet

    def run_wsgi(self) -> None:
        """Answer one request."""
        environ = self.make_environ()
        self.environ = environ
        self._dropped = False
        environ[DROP] = self._drop
        body = environ["wsgi.input"]
        length = int(environ.get("CONTENT_LENGTH") or 0)
        whole = body.read() if environ.get("wsgi.input_terminated") else body.read(length)
        environ["wsgi.input"] = BytesIO(whole)
        pieces, status, headers = run_wsgi_app(self.server.app, environ)
        try:
            if not self._dropped:
                self._answer(pieces, status, list(headers))
        finally:
            if hasattr(pieces, "close"):
                pieces.close()

    def _answer(self, pieces: Any, status: str, headers: list[tuple[str, str]]) -> None:
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        if not any(name.lower() == "content-length" for name, _ in headers):
            self.close_connection = True
            headers = [*headers, ("Connection", "close")]
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.flush()
        for piece in pieces:
            self.wfile.write(piece)
            self.wfile.flush()

    def _drop(self) -> None:
        self._dropped = True
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: request lines carry tokens and openids."""


class SimulatorServer(ThreadedWSGIServer):
    """Threads end with the process; a burst of connections waits instead of being refused."""

    request_queue_size = 512
    daemon_threads = True
    block_on_close = False


def make_server(app: Flask, host: str, port: int) -> BaseWSGIServer:
    """A server that is bound (port 0: a free one, see `.port`) and waits for `serve_forever()`."""
    return SimulatorServer(host, port, app, KeepAliveHandler)


def drop_connection() -> Response:
    """Close the caller's connection without an answer."""
    drop = request.environ.get(DROP)
    if drop is None:
        raise ConnectionAbortedError("this server cannot drop connections")
    drop()
    return Response(status=500)
