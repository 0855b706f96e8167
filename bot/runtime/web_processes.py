"""Several web processes behind one port: granian starts them, replaces one that dies, stops them with itself.

It ends with its parent and needs no set-up of its own; two measurements against gunicorn went either way
(docs/benchmarks.md). The threads of one process share one interpreter lock, so this is for PostgreSQL on a machine
with several cores. SQLite has one writer, and writers wait best for each other inside one process.
"""

from __future__ import annotations

import multiprocessing
import os
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bot.core import logs
from bot.core.config import CONFIG_VARIABLE, Config
from bot.core.db import connect, is_sqlite
from bot.core.schema import require_ready, status
from bot.runtime import queue_calls
from bot.runtime.web import NotReady

if TYPE_CHECKING:
    from granian.server.mp import MPServer

log = logs.get_logger(__name__)
APP = "bot.wsgi:create"
STOP_SECONDS = 12  # a process that has not finished its answers by then is killed
WAITING_CONNECTIONS = 1024
# granian's own lines go where ours go, redacted like them; it writes no line per request.
OUR_LOG: dict[str, Any] = {"handlers": {}, "loggers": {"_granian": {"handlers": [], "propagate": True}}}


def run(config: Config, processes: int, announce: Callable[[], None] | None = None) -> None:
    """Serve the web application from this many processes until SIGTERM or SIGINT; each then finishes its answers.

    A process that dies is started again; the same one twice within five seconds ends them all with exit code 1,
    and systemd begins anew. `announce` is called once the port answers. Raises NotReady.
    """
    server = _server(config, processes)
    logs.configure(config.logging, secrets=config.secrets())
    _check_database(config)
    _check_address(config)
    os.environ[CONFIG_VARIABLE] = str(config.path)  # where bot/wsgi.py looks
    # A fresh interpreter for each process: no lock, connection or thread is copied half-way.
    multiprocessing.set_start_method("spawn", force=True)
    if announce:
        threading.Thread(target=_when_open, args=(config, announce), daemon=True).start()
    log.info("started", web=True, processes=processes)
    server.serve()
    log.info("stopped")


def _server(config: Config, processes: int) -> MPServer:
    try:
        from granian.constants import HTTPModes, Interfaces
        from granian.log import LogLevels
        from granian.server.mp import MPServer
    except ImportError:
        raise NotReady(
            "开多个网页进程需要 granian，它在扩展 scale 里：按 docs/deploy.md 重新安装，或只开一个进程。",
            "processes",
        ) from None
    return MPServer(
        APP,
        factory=True,
        address=config.server.host,
        port=config.server.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=processes,
        blocking_threads=config.server.threads * 3,  # a late reply holds its thread for five seconds
        backlog=WAITING_CONNECTIONS,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.error,
        log_dictconfig=OUR_LOG,
    )


def _check_database(config: Config) -> None:
    if lacking := queue_calls.missing_package(config):
        raise NotReady(lacking, "migrate")
    engine = connect(config.database.url)
    try:
        if is_sqlite(engine):
            raise NotReady(
                "SQLite 只适合一个网页进程：请只开一个进程，或把 [database] url 换成 PostgreSQL。",
                "processes",
            )
        require_ready(status(engine))
    finally:
        engine.dispose()


def _check_address(config: Config) -> None:
    """Refuse a port that another program has: our processes share theirs, so nothing else would tell of a second one."""
    host, port = config.server.host, config.server.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # old connections may linger
        try:
            probe.bind((host, port))
        except OSError as error:
            raise NotReady(
                f"不能在 {host}:{port} 上监听（{error.strerror}）。请换一个端口，或先停掉占用它的程序。",
                "port",
            ) from error


def _when_open(config: Config, announce: Callable[[], None]) -> None:
    """Call `announce` as soon as one of the processes takes connections."""
    address = (config.server.host, config.server.port)
    waiting = threading.Event()
    while not waiting.wait(0.2):
        try:
            socket.create_connection(address, timeout=1).close()
        except OSError:
            continue
        announce()
        return
