"""Exports: who may ask for which, and the run that writes the file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from bot.core import audit, clock
from bot.core.actor import Actor
from bot.core.db import reading, transaction
from bot.core.refusals import NotFound, Refused
from bot.ledgers import appeal_rows, runs
from bot.ledgers.appeal_rows import Scope
from bot.ledgers.workbook import write_ledger
from bot.runtime.services import ServiceActor, Services
from bot.staff.rights import RIGHTS, Right, require, require_colleague
from bot.statistics.period import Period
from models.ledgers import LedgerRun
from models.staff import Staff

MOST_REASON = 200


def ask(actor: ServiceActor, period: Period, *, full: bool = False, reason: str = "") -> LedgerRun:
    """Put an export into the queue. Whole names and phones need their right and a reason; every export is in the trail."""
    by = require_colleague(actor.by, Right.LEDGER_EXPORT)
    why = checked(by, full, reason)
    wanted = {"from": period.first.isoformat(), "to": period.last.isoformat(), "full": full}
    run = LedgerRun(
        staff_id=by.id,
        kind=runs.EXPORT,
        state=runs.WAITING,
        wanted=wanted,
        reason=why,
        created_at=clock.now(),
    )
    run.total = appeal_rows.count(actor.db, Scope(period, full))
    actor.db.add(run)
    actor.db.flush()
    note(actor, run.id, Scope(period, full), why)
    actor.services.rows_made(actor.db, runs.KIND)
    return run


def checked(by: Staff, full: bool, reason: str) -> str | None:
    """The reason to keep. Raises Denied without the right, Refused without a reason for a full one."""
    require(by, Right.LEDGER_EXPORT)
    why = reason.strip()
    if full:
        require(by, Right.LEDGER_EXPORT_FULL)
        if not why:
            raise Refused(
                "导出完整联系方式请写明用途，例如「报送区委统战部核对企业名单」。用途会记入操作记录。"
            )
    if len(why) > MOST_REASON:
        raise Refused(f"用途最多 {MOST_REASON} 个字，请精简后再提交。")
    return why or None


def note(actor: Actor, run: int | None, scope: Scope, reason: str | None) -> None:
    """The trail's row of an export."""
    days = {"day_from": scope.period.first.isoformat(), "day_to": scope.period.last.isoformat()}
    audit.record(
        actor.db, actor.by, "ledger.export", "ledger_run", run, reason=reason, full=scope.full, **days
    )


def scope_of(run: LedgerRun) -> Scope:
    """What a run was asked for."""
    first, last = (date.fromisoformat(run.wanted[end]) for end in ("from", "to"))
    return Scope(Period(first, last), bool(run.wanted.get("full")))


def write(services: Services, run: LedgerRun) -> str:
    """The run's body: a file under a new name, so that two workers never write into one."""
    name = runs.new_path(services, ".xlsx")
    with reading(services.engine) as db:
        by = db.get_one(Staff, run.staff_id).name
        total = appeal_rows.count(db, scope_of(run))
    runs.progress(services, run, 0, total)
    to_file(services, services.storage.root / name, scope_of(run), by, run)
    with transaction(services.engine) as db:
        db.get_one(LedgerRun, run.id).path = name
    return runs.DONE


def to_file(services: Services, target: Path, scope: Scope, by: str, run: LedgerRun | None = None) -> int:
    """Write the book beside the target and put it there when it is whole; how many cases it holds."""

    def note_progress(done: int) -> None:
        if run is not None:
            runs.progress(services, run, done)

    draft = target.with_name(target.name + ".part")
    try:
        with reading(services.engine) as db:
            operator = services.config.privacy.operator_name
            moment = clock.now()
            count = write_ledger(
                db, draft, scope, operator=operator, by=by, moment=moment, progress=note_progress
            )
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return count


def may_download(run: LedgerRun, by: Staff) -> bool:
    """Whether this colleague asked for it or may have everything."""
    return run.kind == runs.EXPORT and (run.staff_id == by.id or Right.LEDGER_EXPORT_FULL in RIGHTS[by.role])


def download(actor: ServiceActor, run_id: int) -> tuple[Path, str]:
    """The file of a run and its name for people. Raises NotFound; every download is in the trail."""
    by = require_colleague(actor.by, Right.LEDGER_EXPORT)
    run = actor.db.get(LedgerRun, run_id)
    file = runs.file_of(actor.services, run) if run is not None and may_download(run, by) else None
    if run is None or file is None or run.state != runs.DONE:
        raise NotFound("这个文件不在了，或不是您导出的。文件只保留 24 小时，请重新导出。")
    audit.record(actor.db, by, "ledger.download", "ledger_run", run.id, full=scope_of(run).full)
    period = scope_of(run).period
    return (
        file,
        f"诉求台账_{period.first:%Y%m%d}-{period.last:%Y%m%d}{'_完整' if scope_of(run).full else ''}.xlsx",
    )
