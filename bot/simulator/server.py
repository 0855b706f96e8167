"""The simulator's web server: one thread a connection, so that open streams and slow calls starve nobody.

Werkzeug's own handler closes each connection after one answer; API clients keep theirs open, so this one does
too. Calls of the API go straight to the gate, everything else to the web application.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from http import HTTPStatus
from io import BytesIO
from typing import Any, cast

from flask import Flask
from werkzeug.serving import BaseWSGIServer, ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.test import run_wsgi_app

from bot.simulator import wire

INTERFACE = "simulator.interface"  # the extension that answers API calls
PREFIX = b"/cgi-bin/"
LARGEST_BODY = 25 * 1024 * 1024
IDLE_SECONDS = 75  # an unused connection is closed after this long

Interface = Callable[[wire.Requested], bytes | None]  # the whole answer; None: the connection breaks


class KeepAliveHandler(WSGIRequestHandler):
    """HTTP/1.1: answers of known length keep the connection, streams end with it."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave in one packet

    def handle_one_request(self) -> None:
        """Read and answer one request."""
        self.raw_requestline = self.rfile.readline(wire.LINE)
        target = self.raw_requestline.partition(b" ")[2]
        if not self.raw_requestline:
            self.close_connection = True
        elif target.startswith(PREFIX):
            self._call()
        elif self.parse_request():
            self.run_wsgi()

    def _call(self) -> None:
        try:
            request = wire.read(self.raw_requestline, self.rfile, self.wfile, LARGEST_BODY)
        except wire.MalformedRequest:
            self.close_connection = True
            self.connection.sendall(wire.refusal(HTTPStatus.BAD_REQUEST))
            return
        request.caller = str(self.client_address[0])
        self.close_connection = not request.keep
        answer = cast("SimulatorServer", self.server).interface(request)
        if answer is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        else:
            self.connection.sendall(answer)

    def run_wsgi(self) -> None:
        """Have the web application answer."""
        environ = self.make_environ()
        self.environ = environ
        body = environ["wsgi.input"]
        length = int(environ.get("CONTENT_LENGTH") or 0)
        whole = body.read() if environ.get("wsgi.input_terminated") else body.read(length)
        environ["wsgi.input"] = BytesIO(whole)
        pieces, status, headers = run_wsgi_app(self.server.app, environ)
        try:
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

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: request lines carry tokens and openids."""


class SimulatorServer(ThreadedWSGIServer):
    """Threads end with the process; a burst of connections waits instead of being refused."""

    request_queue_size = 512
    daemon_threads = True
    block_on_close = False
    interface: Interface


def make_server(app: Flask, host: str, port: int) -> BaseWSGIServer:
    """A server that is bound (port 0: a free one, see `.port`) and waits for `serve_forever()`."""
    server = SimulatorServer(host, port, app, KeepAliveHandler)
    server.interface = app.extensions[INTERFACE]
    return server
