"""Workers that are woken through PostgreSQL: a Procrastinate worker listens for calls and sets threads to work.

A call is answered at once and deleted. The work itself is rows, which the thread that does it claims and leases, so
a worker that is killed leaves nothing in the queue that anybody would miss.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psycopg
from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from psycopg.conninfo import make_conninfo
from sqlalchemy import Engine

from bot.core.db import POSTGRES_OPTIONS, transaction
from bot.core.logs import get_logger
from bot.runtime import queue_calls
from bot.runtime.queue_threads import QueueThreads
from bot.runtime.services import Services
from bot.runtime.work import WorkKind, kinds

log = get_logger(__name__)
PATIENCE_SECONDS = 60.0  # look without having been called: no call is needed for anything
TEND_SECONDS = 0.1
POLL_SECONDS = 5.0  # look for calls whose notification was lost
RETRY_SECONDS = 1.0
STOP_SECONDS = 30.0
# A listener hears nothing for hours; a dead connection must be found out all the same.
CONNECTION: dict[str, int | str] = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "tcp_user_timeout": 30000,
    "options": POSTGRES_OPTIONS,
    "application_name": "tongxin-queue",
}
DATABASE_AWAY = (psycopg.Error, ConnectorException, OSError)


class QueueWorkers:
    """All kinds of work of one process, and an event loop on a thread of its own that listens for calls."""

    def __init__(self, services: Services) -> None:
        logging.getLogger("procrastinate").setLevel(logging.ERROR)  # it has four lines to say about each call
        self._services, self._stopping = services, services.stopping
        most = sum(kind.threads(services.config) for kind in kinds())
        self._pool = ThreadPoolExecutor(most, thread_name_prefix="queue-work")
        self._threads = [
            QueueThreads(services, kind, self._pool.submit, self._call_others) for kind in kinds()
        ]
        self._listener = threading.Thread(
            target=lambda: asyncio.run(self._serve()), name="queue", daemon=True
        )
        self._tender = threading.Thread(target=self._tend_threads, name="tend", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._serving: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin: look at everything once, then when called."""
        self._listener.start()
        self._tender.start()

    def stop(self) -> None:
        """Finish the messages under way and end; rows keep the rest."""
        self._stopping.set()
        if self._loop is not None and self._serving is not None:
            with suppress(RuntimeError):  # the loop has just ended by itself
                self._loop.call_soon_threadsafe(self._serving.cancel)
        self._listener.join(timeout=STOP_SECONDS)
        end = time.monotonic() + STOP_SECONDS
        while any(threads.at_work for threads in self._threads) and time.monotonic() < end:
            time.sleep(0.02)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _tend_threads(self) -> None:
        looked = time.monotonic()
        while not self._stopping.wait(TEND_SECONDS):
            if time.monotonic() - looked > PATIENCE_SECONDS:
                looked = time.monotonic()
                self._look_at_all()
            for threads in self._threads:
                threads.tend()

    def _look_at_all(self) -> None:
        for threads in self._threads:
            threads.call()

    def _call_others(self, kind: WorkKind) -> None:
        try:
            with transaction(self._services.engine) as db:
                queue_calls.call(db, kind.name)
        except Exception:  # they will look by themselves
            log.exception("call_failed", kind=kind.name)

    async def _serve(self) -> None:
        """Listen, and begin anew whenever the database was away."""
        self._loop, self._serving = asyncio.get_running_loop(), asyncio.current_task()
        with suppress(asyncio.CancelledError):
            while not self._stopping.is_set():
                try:
                    await self._listen()
                except DATABASE_AWAY as error:
                    log.warning("queue_lost", reason=str(error.__cause__ or error)[:200])
                except Exception:
                    log.exception("queue_failed")
                await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self) -> None:
        """Answer calls until cancelled. Returns or raises when a connection is lost."""
        connection = conninfo(self._services.engine)
        await (await psycopg.AsyncConnection.connect(connection)).close()  # fails at once; a pool would wait
        app = self._app(PsycopgConnector(conninfo=connection, min_size=1, max_size=3, timeout=5))
        async with app.open_async():
            self._look_at_all()  # rows may have waited while nobody listened
            await app.run_worker_async(
                queues=[queue_calls.QUEUE],
                concurrency=len(kinds()),
                fetch_job_polling_interval=POLL_SECONDS,
                delete_jobs="always",
                install_signal_handlers=False,
            )

    def _app(self, connector: PsycopgConnector) -> App:
        app = App(connector=connector)
        for threads in self._threads:
            app.task(name=threads.kind.name, queue=queue_calls.QUEUE)(_answer_call(threads))
        # Besides what it does, a periodic task keeps the worker's own watch over its listener alive: without one
        # that ends at the start, and a lost listener would never be noticed (procrastinate issue 1597).
        tidy = app.task(name="tidy", queue=queue_calls.QUEUE, queueing_lock="tidy", pass_context=True)(
            _delete_stalled_calls
        )
        app.periodic(cron="* * * * *")(tidy)
        return app


def _answer_call(threads: QueueThreads) -> Callable[[], Awaitable[None]]:
    async def answer() -> None:
        threads.call()

    return answer


async def _delete_stalled_calls(context: JobContext, timestamp: int) -> None:
    """Delete the calls that a killed worker was just answering: their rows have been found by others."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs():
        with suppress(ConnectorException):  # somebody else has deleted it meanwhile
            await manager.finish_job(job, Status.FAILED, delete_job=True)


def conninfo(engine: Engine) -> str:
    """The engine's database in the form that the driver itself takes."""
    _, parts = engine.dialect.create_connect_args(engine.url)
    parts.pop("context", None)  # SQLAlchemy's own way of reading types
    return make_conninfo(**{**CONNECTION, **parts})
