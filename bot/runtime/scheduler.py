"""APScheduler as the alarm clock: it only wakes up and looks at rows, so it may run in many processes."""

from __future__ import annotations

import logging
from datetime import datetime

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.core import clock
from bot.core.db import insert_once, transaction
from bot.core.logs import get_logger
from bot.runtime import queue_calls
from bot.runtime.jobs import all_jobs, run_due
from bot.runtime.services import Services
from models.jobs import Beat

log = get_logger(__name__)
# A look that takes longer than a beat is left to finish: APScheduler would warn of it every second.
logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)


class Scheduler:
    """Looks every [scheduler] beat_seconds for occurrences that are due and not done.

    The same look serves the punctual run, the catch-up after a downtime, an hour that staff moved, and a
    clock that the demo moved.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._done: dict[str, datetime] = {}
        self._scheduler = BackgroundScheduler(timezone=clock.SHANGHAI)
        seconds = services.config.scheduler.beat_seconds
        self._scheduler.add_job(
            self.look,
            "interval",
            seconds=seconds,
            id="look",
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )

    def start(self) -> None:
        """Begin to look, at once and then regularly."""
        self._scheduler.start()
        self._scheduler.modify_job("look", next_run_time=datetime.now(clock.SHANGHAI))

    def stop(self) -> None:
        """Finish the running look and stop."""
        self._scheduler.shutdown(wait=True)

    def look(self) -> None:
        """Do what is due and leave a sign of life."""
        try:
            run_due(self._services, all_jobs(self._services), self._done)
            with transaction(self._services.engine) as db:
                beat(db, "scheduler")
            if queue_calls.is_in_use(self._services.config):
                queue_calls.call_due(self._services.engine)
        except Exception:  # the database is away for a moment: the next look tries again
            log.exception("look_failed")


def beat(db: Session, name: str) -> None:
    """Note that a kind of process is alive."""
    moment = clock.now()
    if insert_once(db, Beat, name=name, at=moment) is None:
        db.execute(update(Beat).where(Beat.name == name).values(at=moment))
