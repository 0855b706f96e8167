"""Scheduled jobs: one decorated function each in its room's `jobs.py`, and the claim that lets each occurrence happen once.

`(job, due_at)` is inserted and the body runs in the same transaction, so any number of processes may look: the
second one waits on the key and finds the work done; after a crash the key is gone and the next one does the work.
Bodies write rows only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from apscheduler.triggers.cron import CronTrigger
from sqlalchemy.orm import Session

from bot.core import clock
from bot.core.db import insert_once, transaction
from bot.core.found import modules_called
from bot.core.logs import get_logger
from bot.runtime.services import Services
from models.jobs import JobRun

log = get_logger(__name__)
Body = Callable[[Services, Session, datetime], None]


@dataclass(frozen=True)
class Job:
    """A job with its latest occurrence at or before a moment, and how late it may still be done."""

    name: str
    title: str
    latest: Callable[[datetime], datetime | None]
    grace: timedelta
    body: Body
    claim: Callable[[datetime], datetime] = lambda due: due  # what stands for an occurrence in its key
    waits: Callable[[Services, datetime], bool] = lambda services, due: False  # for people, inside its grace


JOBS: dict[str, Job] = {}  # filled by `job` when a room's jobs are read
_FROM_ROWS: list[Callable[[Services], Sequence[Job]]] = []


def all_jobs(services: Services) -> list[Job]:
    """Every job at this moment: the fixed ones of every room, and those that rooms make from rows."""
    return [*fixed_jobs().values(), *(one for make in _FROM_ROWS for one in make(services))]


def fixed_jobs() -> dict[str, Job]:
    """Every job that has a schedule of its own, by name."""
    modules_called("jobs")  # reading a room's jobs registers them
    return JOBS


def jobs_from_rows(make: Callable[[Services], Sequence[Job]]) -> Callable[[Services], Sequence[Job]]:
    """Let a room make jobs from its rows; asked at each look of the scheduler."""
    _FROM_ROWS.append(make)
    return make


def job(cron: str, *, grace: timedelta) -> Callable[[Body], Body]:
    """Run a function at these times of Asia/Shanghai; the first line of its docstring is its title."""
    trigger = CronTrigger.from_crontab(cron, timezone=clock.SHANGHAI)

    def latest(moment: datetime) -> datetime | None:
        """Walk the occurrences inside the grace; an older one would not be done any more."""
        found, at = None, trigger.get_next_fire_time(None, moment - grace)
        while at is not None and at <= moment:
            found, at = at, trigger.get_next_fire_time(at, at + timedelta(seconds=1))
        return found

    def register(body: Body) -> Body:
        title = (body.__doc__ or body.__name__).splitlines()[0]
        JOBS[body.__name__] = Job(body.__name__, title, latest, grace, body)
        return body

    return register


def run_once(services: Services, one: Job, due_at: datetime) -> bool:
    """Do one occurrence unless it has been done; True for the caller that did it."""
    with transaction(services.engine) as db:
        if insert_once(db, JobRun, job=one.name, due_at=one.claim(due_at), done_at=clock.now()) is None:
            return False
        one.body(services, db, due_at)
        services.rows_made(db)
    log.info("job_done", job=one.name, due_at=due_at.isoformat())
    return True


def run_due(services: Services, jobs: list[Job], done: dict[str, datetime]) -> list[str]:
    """Do the latest occurrence of each job that is inside its grace; gives the names of those done here.

    `done` remembers what is known to be done, so that a look without news writes nothing. A body that
    fails is logged and tried again at the next look, until its grace is over.
    """
    moment, ran = clock.now(), []
    for one in jobs:
        due = one.latest(moment)
        if due is None or moment - due > one.grace or done.get(one.name) == one.claim(due):
            continue
        try:
            if one.waits(services, due):
                continue
            if run_once(services, one, due):
                ran.append(one.name)
            done[one.name] = one.claim(due)
        except Exception:
            log.exception("job_failed", job=one.name, due_at=due.isoformat())
    return ran
