"""A run is a row: who asked, what for, how far it is. A worker takes it, and another one after a crash.

Reading and writing a hundred thousand rows takes most of a minute: no request waits for it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from bot.core import clock
from bot.core.db import after_commit, transaction
from bot.core.logs import get_logger
from bot.core.refusals import Refusal
from bot.runtime.services import Services
from models.ledgers import LedgerRun

log = get_logger(__name__)
WAITING, RUNNING, CHECKED, DONE, FAILED = "waiting", "running", "checked", "done", "failed"
LABELS = {WAITING: "排队中", RUNNING: "进行中", CHECKED: "待确认", DONE: "已完成", FAILED: "未完成"}
EXPORT, IMPORT = "export", "import"
KIND = "ledger"  # of work
LEASE = timedelta(minutes=2)
KEPT = timedelta(hours=24)
MOST_TRIES = 3
FOLDER = "ledger"


class Stopping(Exception):
    """The process ends: the run goes back to the queue."""


class Hopeless(Refusal):
    """The run cannot be done; the text says in Chinese what to do."""


Body = Callable[[Services, LedgerRun], str]  # does it; the state it ends in


def work(services: Services, bodies: dict[str, Body]) -> int:
    """Take one run and do it; 0 when none waits."""
    run = _claim_run(services)
    if run is None:
        return 0
    try:
        state, problem = bodies[run.kind](services, run), None
    except Stopping:
        state, problem = WAITING, None
    except Hopeless as hopeless:
        state, problem = FAILED, str(hopeless)
    except Exception:
        log.exception("ledger_run_failed", run=run.id)
        state, problem = FAILED, "出了意外，没有完成。请重新开始；仍不行，把这个编号告诉技术员。"
    with transaction(services.engine) as db:
        row = db.get_one(LedgerRun, run.id)
        row.state, row.problem, row.taken_until = state, problem, None
        row.finished_at = clock.now() if state in (DONE, FAILED, CHECKED) else None
    return 1


def _claim_run(services: Services) -> LedgerRun | None:
    moment = clock.now()
    lost = (LedgerRun.state == RUNNING) & (LedgerRun.taken_until < moment)
    with transaction(services.engine) as db:
        query = select(LedgerRun).where(or_(LedgerRun.state == WAITING, lost)).order_by(LedgerRun.id).limit(1)
        run = db.scalar(query.with_for_update(skip_locked=True))
        if run is None:
            return None
        tries = int(run.wanted.get("tries", 0)) + 1
        run.wanted = run.wanted | {"tries": tries}
        if tries > MOST_TRIES:
            run.state, run.finished_at = FAILED, moment
            run.problem = "几次都中断了，没有完成。请缩短时段后重新开始。"
            return None
        run.state, run.done, run.taken_until = RUNNING, 0, moment + LEASE
        return run


def progress(services: Services, run: LedgerRun, done: int, total: int | None = None) -> None:
    """Note how far a run is, and renew its lease. Raises Stopping when the process is told to end."""
    if services.stopping.is_set():
        raise Stopping
    with transaction(services.engine) as db:
        more = {} if total is None else {"total": total}
        moment = clock.now() + LEASE
        db.execute(
            update(LedgerRun).where(LedgerRun.id == run.id).values(done=done, taken_until=moment, **more)
        )


def new_path(services: Services, suffix: str) -> str:
    """A name below [storage] path that nobody can guess."""
    (services.storage.root / FOLDER).mkdir(parents=True, exist_ok=True, mode=0o700)
    return f"{FOLDER}/{secrets.token_hex(16)}{suffix}"


def file_of(services: Services, run: LedgerRun) -> Path | None:
    """The run's file, while it is kept."""
    if run.path is None:
        return None
    file: Path = services.storage.root / run.path
    return file if file.is_file() else None


def forget_files(services: Services, db: Session) -> None:
    """Files are kept for a day: those of runs that ended, and what a crash left behind."""
    old = clock.now() - KEPT
    stale = select(LedgerRun).where(LedgerRun.path.is_not(None), LedgerRun.created_at < old)
    for run in db.scalars(stale.where(or_(LedgerRun.finished_at.is_(None), LedgerRun.finished_at < old))):
        if run.state == RUNNING and run.taken_until is not None and run.taken_until > clock.now():
            continue
        after_commit(db, partial(_remove, services.storage.root / str(run.path)))
        run.path = None
        if run.state in (WAITING, RUNNING, CHECKED):
            run.state, run.problem = FAILED, "放了一天没有确认，文件已清除。请重新上传。"
    db.flush()
    known = set(db.scalars(select(LedgerRun.path).where(LedgerRun.path.is_not(None))))
    for file in (services.storage.root / FOLDER).glob("*"):
        name = f"{FOLDER}/{file.name.removesuffix('.part')}"
        if name not in known and file.stat().st_mtime < old.timestamp():
            after_commit(db, partial(_remove, file))


def _remove(file: Path) -> None:
    file.unlink(missing_ok=True)
