"""One of several web processes: `bot.wsgi:create()` is the application, its settings are those of TONGXIN_CONFIG.

Every process has its own connections, content and threads; what they share are the rows.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterable
from multiprocessing import connection
from typing import TYPE_CHECKING, Any

from flask import Flask

from bot.app import build_services, create_app
from bot.core import logs
from bot.core.config import load
from bot.runtime import garbage, presence

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

log = logs.get_logger(__name__)
FINISH_SECONDS = 8.0  # an answer in hand takes 5.3 seconds at most (bot/chat/budget.py)


def create() -> Flask:
    """The application, its content read and indexed, so that the first message need not wait for it."""
    _end_with_parent()
    garbage.pause()
    config = load()
    logs.configure(config.logging, secrets=config.secrets())
    services = build_services(config)
    presence.serve_from(services.engine)  # until this process ends
    services.libraries.current()
    app = create_app(config, services)
    app.wsgi_app = _unnamed(app.wsgi_app)  # type: ignore[method-assign, assignment]
    garbage.freeze()
    return app


def _unnamed(inner: WSGIApplication) -> WSGIApplication:
    """Say nothing of the server: granian names itself where an answer has no such header."""

    def call(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, [*headers, ("Server", "")], *more)

        return inner(environ, start)

    return call


def _end_with_parent() -> None:
    """Stop once the process that started us is gone, however it died: an orphan would hold the port and answer
    with old code. Under gunicorn, which looks after its own, there is nothing to watch."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_watch, args=(parent.sentinel,), name="parent", daemon=True).start()


def _watch(parent: int) -> None:
    connection.wait([parent])
    log.warning("parent_gone")
    os.kill(os.getpid(), signal.SIGTERM)  # finish what is in hand
    threading.Event().wait(FINISH_SECONDS)
    os._exit(1)
