"""台账: export to Excel, import of ledgers that were kept elsewhere. A worker does it; the page shows how far it is."""

from __future__ import annotations

import io

from flask import flash, g, redirect, render_template, request, send_file, url_for
from sqlalchemy import select

from bot.console.family import Family, Page
from bot.core import clock
from bot.core.db import transaction
from bot.core.refusals import NotFound, Refused
from bot.core.uploads import FILE_MB
from bot.ledgers import exporting, importing, runs, template
from bot.runtime.services import ServiceActor
from bot.staff.rights import RIGHTS, Right
from bot.statistics.period import Period, between, year
from models.ledgers import LedgerRun

EITHER = frozenset({Right.LEDGER_EXPORT, Right.LEDGER_IMPORT})
page = Family("ledgers", "台账", "统计", EITHER, order=20, entry="/console/ledger")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
RECENT = 20


@page.get("/ledger")
def ledger() -> Page:
    """The forms, and this colleague's runs."""
    return _forms()


def _forms(problem: str = "") -> str:
    """The page as it was typed into."""
    mine = select(LedgerRun).where(LedgerRun.staff_id == g.staff.id).order_by(LedgerRun.id.desc())
    return render_template(
        "ledgers/index.html", period=_period(), runs=list(g.db.scalars(mine.limit(RECENT))), labels=runs.LABELS,
        may_export=_may(Right.LEDGER_EXPORT), may_full=_may(Right.LEDGER_EXPORT_FULL), problem=problem,
        may_import=_may(Right.LEDGER_IMPORT), has_file=_has_file, file_mb=FILE_MB, typed=request.form,
    )  # fmt: skip


@page.post("/ledger/export", Right.LEDGER_EXPORT, limit="20/minute")
def ask_export() -> Page:
    """Put an export into the queue."""
    try:
        run = _asked_for()
    except Refused as error:
        return _forms(str(error)), 409
    return redirect(url_for(".ledger_run", run_id=run.id))


def _asked_for() -> LedgerRun:
    period = between(request.form.get("from"), request.form.get("to"))
    if period is None:
        raise Refused("请选择导出的起止日期。")
    full = bool(request.form.get("full"))
    return exporting.ask(_actor(), period, full=full, reason=request.form.get("reason", ""))


@page.get("/ledger/runs/<int:run_id>")
def ledger_run(run_id: int) -> Page:
    """How far a run is, and what came out."""
    run = g.db.get(LedgerRun, run_id)
    if run is None or (run.staff_id != g.staff.id and not exporting.may_download(run, g.staff)):
        raise NotFound("没有这次导出或导入。请从「台账」页面进入。")
    return render_template(
        f"ledgers/{run.kind}.html", run=run, labels=runs.LABELS, going=run.state in (runs.WAITING, runs.RUNNING),
        scope=exporting.scope_of(run) if run.kind == runs.EXPORT else None, has_file=_has_file,
    )  # fmt: skip


@page.get("/ledger/runs/<int:run_id>/file", Right.LEDGER_EXPORT, own=True)
def ledger_file(run_id: int) -> Page:
    """The finished file; the download is in the trail."""
    with transaction(g.services.engine) as db:
        file, name = exporting.download(ServiceActor(db, g.staff, g.services), run_id)
    return send_file(file.absolute(), mimetype=XLSX, as_attachment=True, download_name=name, max_age=0)


@page.get("/ledger/template.xlsx", Right.LEDGER_IMPORT)
def ledger_template() -> Page:
    """The empty ledger to fill in."""
    return send_file(
        io.BytesIO(template.workbook()),
        mimetype=XLSX,
        as_attachment=True,
        download_name="诉求台账导入模板.xlsx",
    )


@page.post("/ledger/import", Right.LEDGER_IMPORT, limit="20/minute")
def ask_import() -> Page:
    """Keep the file and have it checked."""
    given = request.files.get("file")
    if given is None or not given.filename:
        return _forms("请先选择文件。"), 409
    run = importing.ask(_actor(), given.filename, given.stream.read(importing.LIMITS.size + 1))
    return redirect(url_for(".ledger_run", run_id=run.id))


@page.post("/ledger/runs/<int:run_id>/confirm", Right.LEDGER_IMPORT)
def confirm_import(run_id: int) -> Page:
    """Write what was checked."""
    importing.confirm(_actor(), run_id, only_good=bool(request.form.get("only_good")))
    flash("已开始导入。", "good")
    return redirect(url_for(".ledger_run", run_id=run_id))


def _may(right: Right) -> bool:
    return right in RIGHTS[g.staff.role]


def _period() -> Period:
    """What the form begins with: the address's days, or this year until today."""
    today = clock.today()
    return between(request.values.get("from"), request.values.get("to")) or year(today.year).until(today)


def _actor() -> ServiceActor:
    return ServiceActor(g.db, g.staff, g.services)


def _has_file(run: LedgerRun) -> bool:
    """Whether its file can still be downloaded."""
    return run.state == runs.DONE and run.kind == runs.EXPORT and runs.file_of(g.services, run) is not None
