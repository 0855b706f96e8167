"""The web server of this process: how it begins to listen, and how it ends.

At its end it takes no more connections, gives the answers under way, and closes. waitress has no such end. Its
sockets live in the thread that polls them, so everything is done there; a connection that is kept open without a
request, as nginx does, must not delay the end.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from flask import Flask
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server
from waitress.trigger import trigger

from bot.core.config import Config
from bot.core.refusals import Refusal
from bot.core.uploads import MOST_BODY
from bot.runtime.large_bodies import be_patient

STOP_SECONDS = 10.0  # an answer under way takes 5.3 seconds at most (bot/chat/budget.py)
LOOK_SECONDS = 0.05


class NotReady(Refusal):
    """The service cannot start; the text says in Chinese what to do."""


def start_web(app: Flask, config: Config) -> Callable[[], None]:
    """Serve an application from threads of this process; the function that stops it."""
    sockets: dict[int, Any] = {}
    try:
        server = create_server(
            app,
            map=sockets,
            host=config.server.host,
            port=config.server.port,
            threads=config.server.threads * 3,  # a late reply holds its thread for five seconds
            ident=None,
            max_request_body_size=MOST_BODY + 1,  # fewer than this
            # Whom to believe is decided by the application, from [server] trusted_proxies; waitress would strike out
            # what nginx says of the visitor before anybody could read it.
            clear_untrusted_proxy_headers=False,
            channel_timeout=60,
            cleanup_interval=10,
        )
    except OSError as error:
        where = f"{config.server.host}:{config.server.port}"
        raise NotReady(
            f"不能在 {where} 上监听（{error.strerror}）。请换一个端口，或先停掉占用它的程序。", "port"
        ) from error
    for one in _sockets_of(sockets, BaseWSGIServer):
        be_patient(one)
    thread = threading.Thread(target=server.run, name="web", daemon=True)
    thread.start()

    def stop() -> None:
        hang_up(sockets)
        thread.join(timeout=1)
        server.task_dispatcher.shutdown(timeout=1)

    return stop


def hang_up(sockets: dict[int, Any], seconds: float = STOP_SECONDS) -> None:
    """End the loop over waitress's sockets: at once when nobody waits for an answer, after `seconds` in any case."""
    _run_in_loop(sockets, lambda: _close_each(_sockets_of(sockets, BaseWSGIServer)))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        _run_in_loop(
            sockets, lambda: _close_each(c for c in _sockets_of(sockets, HTTPChannel) if _is_idle(c))
        )
        time.sleep(LOOK_SECONDS)
        if not any(_sockets_of(sockets, HTTPChannel)):
            break
    _run_in_loop(sockets, lambda: _close_each(list(sockets.values())))


def _run_in_loop(sockets: dict[int, Any], work: Callable[[], None]) -> None:
    waker = next(_sockets_of(sockets, trigger), None)
    if waker is not None:
        waker.pull_trigger(work)


def _sockets_of(sockets: dict[int, Any], kind: type) -> Iterator[Any]:
    return iter([one for one in list(sockets.values()) if isinstance(one, kind)])


def _is_idle(channel: Any) -> bool:
    return not channel.requests and not channel.total_outbufs_len


def _close_each(some: Any) -> None:
    for one in some:
        if isinstance(one, BaseWSGIServer):
            # The server's own close would end the waker, which the answers under way need.
            one.asyncore.dispatcher.close(one)
        else:
            one.handle_close()
