"""What has to be put right in a restored database before anybody serves from it: nothing that may have left since the
backup leaves again by itself.

Each room puts its own right in `restored.py`, found by looking: `put_right(restored)` before the jobs that fell due
meanwhile are done, `hold_back(restored)` after them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from bot.core import audit, clock
from bot.core.db import insert_once
from bot.core.found import modules_called
from bot.core.logs import get_logger
from bot.core.refusals import Advice
from bot.runtime.jobs import Job, all_jobs
from bot.runtime.services import Services
from models.confirmations import Confirmation, ConfirmationState
from models.jobs import JobRun
from models.staff import Staff

log = get_logger(__name__)
OVERLAP = timedelta(minutes=2)  # a transaction that was under way when the backup began
EPOCHS = 1000  # more than anybody's sessions were ended since
MOST_OCCURRENCES = 60


@dataclass(frozen=True)
class Restored:
    """A restored database that nobody serves from yet: `services` and `db` are on it, `live` is the one that it will
    replace, which may be damaged or empty. `said` collects what staff have to know, in Chinese."""

    services: Services
    db: Session
    taken_at: datetime
    moment: datetime
    live: Engine
    said: list[Advice] = field(default_factory=list)

    def say(self, text: str, *acts: str) -> None:
        """Something that staff have to know, with the acts that it names."""
        self.said.append(Advice(text, acts))

    @property
    def since(self) -> datetime:
        """What happened after this may be unknown to the backup."""
        return self.taken_at - OVERLAP


def put_right(restored: Restored) -> None:
    """Everything, in one transaction of the caller's."""
    rooms = modules_called("restored")
    for room in rooms:
        if hasattr(room, "put_right"):
            room.put_right(restored)
    _do_what_fell_due(restored)
    for room in rooms:
        if hasattr(room, "hold_back"):
            room.hold_back(restored)
    _end_sessions(restored.db)
    taken = restored.taken_at.isoformat(timespec="seconds")
    audit.record(restored.db, None, "backup.restore", "backup", None, taken_at=taken)


def _do_what_fell_due(restored: Restored) -> None:
    """Do the occurrences since the backup now, so that what they make is held back with the rest. Later they would be
    caught up on, and their messages would leave a second time."""
    for job in all_jobs(restored.services):
        for due_at in _occurrences(job, restored.since, restored.moment):
            _do(restored, job, due_at)


def _occurrences(job: Job, since: datetime, until: datetime) -> list[datetime]:
    found = list(_backwards(job, since, until))
    return found[::-1]


def _backwards(job: Job, since: datetime, until: datetime) -> Iterator[datetime]:
    due = job.latest(until)
    for _ in range(MOST_OCCURRENCES):
        if due is None or due <= since:
            return
        yield due
        due = job.latest(due - timedelta(seconds=1))


def _do(restored: Restored, job: Job, due_at: datetime) -> None:
    """One job that fails must not keep the office from its data: it stays claimed and is told."""
    db, claim = restored.db, job.claim(due_at)
    if insert_once(db, JobRun, job=job.name, due_at=claim, done_at=restored.moment) is None:
        return
    try:
        with db.begin_nested():
            job.body(restored.services, db, due_at)
            db.flush()
    except Exception:
        log.exception("job_failed", job=job.name, due_at=due_at.isoformat())
        when = f"{clock.local(due_at):%m月%d日 %H:%M}"
        restored.say(f"定时任务「{job.title}」{when} 的一次没有补做成，请看上面的日志，需要时手工处理。")


def _end_sessions(db: Session) -> None:
    """A session that was ended since the backup must not open again; their rows are in no backup. Nor does what
    counts once and may have been used: a sign-in link, a leave, a request to a second person."""
    nothing = {"session_epoch": Staff.session_epoch + EPOCHS, "invite_digest": None, "invite_until": None}
    db.execute(update(Staff).values(**nothing))
    open_ones = Confirmation.state.in_((ConfirmationState.WAITING, ConfirmationState.CONFIRMED))
    db.execute(update(Confirmation).where(open_ones).values(state=ConfirmationState.WITHDRAWN))
