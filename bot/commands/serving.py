"""Run the parts of the service in this process until it is told to stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType

from bot.app import build_services, create_app
from bot.core import logs
from bot.core.config import Config
from bot.core.schema import require_ready, status
from bot.runtime import garbage, presence, queue_calls
from bot.runtime.scheduler import Scheduler
from bot.runtime.web import NotReady, start_web
from bot.runtime.workers import workers_for

log = logs.get_logger(__name__)


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
    if lacking := queue_calls.missing_package(config):
        raise NotReady(lacking, "migrate")
    require_ready(status(services.engine))
    leave = presence.serve_from(services.engine)
    if web:
        services.libraries.current()  # read now, so that the first message need not wait for it
    stopping = _stop_on_signals()
    stops: list[Callable[[], None]] = [leave]
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
    garbage.freeze()
    log.info("started", web=web, scheduler=scheduler, workers=workers)
    if announce:
        announce()
    stopping.wait()
    for stop in reversed(stops):
        stop()
    log.info("stopped")


def _stop_on_signals() -> threading.Event:
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    return stopping
