"""The web server of this process: how it begins to listen, and how it ends.

At its end it takes no more connections, gives the answers in hand, and closes. waitress has no such end. Its sockets
live in the thread that polls them, so everything is done there; a connection that is kept open without a request, as
nginx does, must not hold the end up.
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
from bot.core.uploads import MOST_BODY
from bot.runtime.large_bodies import be_patient

STOP_SECONDS = 10.0  # an answer in hand takes 5.3 seconds at most (bot/chat/budget.py)
LOOK_SECONDS = 0.05


class NotReady(Exception):
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
            channel_timeout=60,
            cleanup_interval=10,
        )
    except OSError as error:
        where = f"{config.server.host}:{config.server.port}"
        raise NotReady(
            f"不能在 {where} 上监听（{error.strerror}）。换一个 --port，或先停掉占用它的程序。"
        ) from error
    for one in _all(sockets, BaseWSGIServer):
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
    _in_loop(sockets, lambda: _close(_all(sockets, BaseWSGIServer)))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        _in_loop(sockets, lambda: _close(c for c in _all(sockets, HTTPChannel) if _is_idle(c)))
        time.sleep(LOOK_SECONDS)
        if not any(_all(sockets, HTTPChannel)):
            break
    _in_loop(sockets, lambda: _close(list(sockets.values())))


def _in_loop(sockets: dict[int, Any], work: Callable[[], None]) -> None:
    waker = next(_all(sockets, trigger), None)
    if waker is not None:
        waker.pull_trigger(work)


def _all(sockets: dict[int, Any], kind: type) -> Iterator[Any]:
    return iter([one for one in list(sockets.values()) if isinstance(one, kind)])


def _is_idle(channel: Any) -> bool:
    return not channel.requests and not channel.total_outbufs_len


def _close(some: Any) -> None:
    for one in some:
        if isinstance(one, BaseWSGIServer):
            one.asyncore.dispatcher.close(
                one
            )  # its own close would end the waker, which answers in hand need
        else:
            one.handle_close()
