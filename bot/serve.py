"""Run the parts of the service in this process until it is told to stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any

from flask import Flask
from waitress.server import create_server

from bot import logs, queue_calls, start_up
from bot.app import build_services, create_app
from bot.config import Config
from bot.hang_up import hang_up
from bot.schema import status
from bot.services import Services
from bot.workers.local import Workers
from bot.workers.scheduler import Scheduler

if TYPE_CHECKING:
    from bot.workers.queue import QueueWorkers

log = logs.get_logger(__name__)


class NotReady(Exception):
    """The service cannot start; the text says in Chinese what to do."""


def run(
    config: Config,
    *,
    web: bool = False,
    scheduler: bool = False,
    workers: bool = False,
    announce: Callable[[], None] | None = None,
) -> None:
    """Start the chosen parts and wait for SIGTERM or SIGINT; then finish what is in hand."""
    logs.configure(config.logging, secrets=config.secrets())
    services = build_services(config)
    if lacking := queue_calls.missing(config):
        raise NotReady(lacking)
    state = status(services.engine)
    if not state.ready:
        behind = "任务队列的表还没有建好" if state.queue_behind else f"数据库结构是 {state.current or '空的'}"
        raise NotReady(f"{behind}，程序需要 {state.head}。请先运行：tongxin migrate")
    if web:
        services.libraries.current()  # read now, so that the first message need not wait for it
    stopping = _stop_on_signals()
    stops: list[Callable[[], None]] = []
    if workers:
        crew = workers_for(services)
        crew.start()
        stops.append(crew.stop)
    if scheduler and config.scheduler.enabled:
        alarm = Scheduler(services)
        alarm.start()
        stops.append(alarm.stop)
    if web:
        stops.append(start_web(create_app(config, services), config))
    start_up.settled()
    log.info("started", web=web, scheduler=scheduler, workers=workers)
    if announce:
        announce()
    stopping.wait()
    for stop in reversed(stops):
        stop()
    log.info("stopped")


def workers_for(services: Services) -> Workers | QueueWorkers:
    """The workers of this process, woken as [delivery] dispatcher says; not started yet."""
    if not queue_calls.in_use(services.config):
        return Workers(services)
    from bot.workers.queue import QueueWorkers  # its packages are there only with the extra `scale`

    return QueueWorkers(services)


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
            max_request_body_size=1024 * 1024,
            channel_timeout=60,
            cleanup_interval=10,
        )
    except OSError as error:
        where = f"{config.server.host}:{config.server.port}"
        raise NotReady(
            f"不能在 {where} 上监听（{error.strerror}）。换一个 --port，或先停掉占用它的程序。"
        ) from error
    thread = threading.Thread(target=server.run, name="web", daemon=True)
    thread.start()

    def stop() -> None:
        hang_up(sockets)
        thread.join(timeout=1)
        server.task_dispatcher.shutdown(timeout=1)

    return stop


def _stop_on_signals() -> threading.Event:
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    return stopping
