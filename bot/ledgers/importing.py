"""Imports: the file is kept, checked by a worker without writing, confirmed by a person, and written in one transaction."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from bot.appeals import by_appellant, phone_numbers, states
from bot.core import audit, clock, workdays
from bot.core.actor import Actor
from bot.core.db import reading, transaction
from bot.core.masking import phone_tail
from bot.core.refusals import NotFound, Refused, TooLarge
from bot.core.sheets.lines import MB, SUFFIXES, Limits, Unreadable
from bot.core.sheets.reading import lines_of
from bot.core.uploads import MOST_FILE
from bot.ledgers import runs
from bot.ledgers.appeal_checking import Checked, Entry, Known, check
from bot.ledgers.appeal_columns import key_named
from bot.runtime.services import ServiceActor, Services
from bot.staff.rights import Right, require_colleague
from models.appeal_work import SurveyAnswer
from models.appeals import Appeal, AppealEvent, AppealState
from models.ledgers import LedgerRun
from models.staff import Staff
from models.units import Unit

S = AppealState
CHECK, WRITE, WRITTEN = "check", "write", "written"
MOST_SHOWN = 300
STATED = "台账导入"  # the version of the consent: it was given elsewhere
STEP = "imported_step"
LIMITS = Limits(MOST_FILE, 20_000, "请按年份拆成几个文件分别导入")
SHEET = "台账"


def ask(actor: ServiceActor, name: str, data: bytes) -> LedgerRun:
    """Keep the file and have it checked; nothing is imported by this."""
    by = require_colleague(actor.by, Right.LEDGER_IMPORT)
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise Refused("请选择 .xlsx 或 .csv 文件；.xls 请先另存为 .xlsx。")
    if not data:
        raise Refused("文件是空的，请重新选择。")
    if len(data) > LIMITS.size:
        raise TooLarge(f"文件超过 {LIMITS.size // MB} MB，{LIMITS.advice}。")
    path = runs.new_path(actor.services, suffix)
    (actor.services.storage.root / path).write_bytes(data)
    wanted = {"name": Path(name).name[-80:], "step": CHECK}
    run = LedgerRun(
        staff_id=by.id, kind=runs.IMPORT, state=runs.WAITING, wanted=wanted, path=path, created_at=clock.now()
    )
    actor.db.add(run)
    actor.db.flush()
    actor.services.rows_made(actor.db, runs.KIND)
    return run


def confirm(actor: ServiceActor, run_id: int, *, only_good: bool = False) -> LedgerRun:
    """Import what was checked. With a bad line nothing is imported, unless only the good ones are asked for."""
    run = own(actor, run_id)
    if run.state != runs.CHECKED:
        raise Refused("这次导入现在不能确认，请刷新后再看。")
    if not run.wanted.get("good"):
        raise Refused("没有可以导入的行，请按提示改好文件后重新上传。")
    if run.wanted.get("bad") and not only_good:
        raise Refused("还有不正确的行。请改好文件后重新上传，或选择「只导入正确的行」。")
    run.wanted = run.wanted | {"step": WRITE, "only_good": only_good, "tries": 0}
    run.state, run.finished_at = runs.WAITING, None
    actor.services.rows_made(actor.db, runs.KIND)
    return run


def own(actor: Actor, run_id: int) -> LedgerRun:
    """An import of this colleague's. Raises NotFound."""
    by = require_colleague(actor.by, Right.LEDGER_IMPORT)
    run = actor.db.get(LedgerRun, run_id, with_for_update=True)
    if run is None or run.kind != runs.IMPORT or run.staff_id != by.id:
        raise NotFound("没有这次导入，或不是您上传的。请从导入页面进入。")
    return run


def work(services: Services, run: LedgerRun) -> str:
    """The run's body: check, or write. A worker that died after its commit has done it."""
    if run.wanted["step"] == WRITTEN:
        return runs.DONE
    file = runs.file_of(services, run)
    if file is None:
        raise runs.Hopeless("上传的文件不在了，请重新上传。")
    try:
        lines = lines_of(file.read_bytes(), key_named, LIMITS, SHEET)
        with reading(services.engine) as db:
            found = check(lines, _known(db), clock.now())
    except Unreadable as unreadable:
        raise runs.Hopeless(str(unreadable)) from unreadable
    runs.progress(services, run, 0, len(found.entries) + found.bad_lines)
    if run.wanted["step"] == CHECK:
        return _store_findings(services, run, found)
    if found.problems and not run.wanted.get("only_good"):
        raise runs.Hopeless("确认之后情况有变化，有的行不能导入了。没有导入任何一行，请重新上传检查。")
    return _write(services, run, found.entries)


def _store_findings(services: Services, run: LedgerRun, found: Checked) -> str:
    with transaction(services.engine) as db:
        row = db.get_one(LedgerRun, run.id)
        shown = [problem.told() for problem in found.problems[:MOST_SHOWN]]
        facts = {"good": len(found.entries), "bad": found.bad_lines, "problems": shown}
        row.wanted = row.wanted | facts | {"more": max(0, len(found.problems) - MOST_SHOWN)}
        row.done = len(found.entries)
    return runs.CHECKED


def _known(db: Session) -> Known:
    """Numbers and words that are here already, and the units."""
    imported = select(AppealEvent.detail).where(AppealEvent.action == "imported")
    old = {detail.get("old_number") for detail in db.scalars(imported)}
    same = select(Appeal.received_at, Appeal.body).join(AppealEvent, AppealEvent.appeal_id == Appeal.id)
    rows = db.execute(same.where(AppealEvent.action == "imported"))
    return Known(
        units=set(db.scalars(select(Unit.name))),
        old_numbers={number for number in old if number},
        numbers=set(db.scalars(select(Appeal.number))),
        same={(at, body) for at, body in rows},
    )


def _write(services: Services, run: LedgerRun, entries: Sequence[Entry]) -> str:
    """All of them or none. A second worker that took the run up finds it done."""
    with transaction(services.engine) as db:
        row = db.get_one(LedgerRun, run.id, with_for_update=True)
        if row.wanted["step"] == WRITTEN:
            return runs.DONE
        by = db.get_one(Staff, run.staff_id)
        _insert(services, db, by, entries)
        audit.record(db, by, "ledger.import", "ledger_run", run.id, rows=len(entries))
        row.done = row.total = len(entries)
        row.wanted = row.wanted | {"step": WRITTEN}
        services.rows_made(db)
    return runs.DONE


def _insert(services: Services, db: Session, by: Staff, entries: Sequence[Entry]) -> None:
    units = {row.name: row.id for row in db.execute(select(Unit.id, Unit.name))}
    by_day: dict[date, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_day[clock.local(entry.received_at).date()].append(entry)
    rows, numbered = [], []
    for day in sorted(by_day):  # always the older day first: two at once do not wait for each other
        some = sorted(by_day[day], key=lambda one: (one.received_at, one.line))
        for entry, number in zip(some, states.numbers(db, day, len(some)), strict=True):
            rows.append(_row(services, by, entry, number, units))
            numbered.append(entry)
    ids = db.scalars(insert(Appeal).returning(Appeal.id, sort_by_parameter_order=True), rows).all()
    made = list(zip(ids, numbered, rows, strict=True))
    db.execute(insert(AppealEvent), [event for one in made for event in _events(by, *one)])
    answers = [answer for one in made for answer in _answers(by, *one)]
    if answers:
        db.execute(insert(SurveyAnswer), answers)


def _row(services: Services, by: Staff, entry: Entry, number: str, units: dict[str, int]) -> dict[str, Any]:
    """The case. What is not finished is promised anew from today: its old limits are not ours."""
    state, phone, now = entry.state, entry.get("phone"), clock.now()
    rules = services.config.appeals
    close = rules.close_of_business.hour, rules.close_of_business.minute
    promise = workdays.deadline(now, rules.signing_days, close)
    digits = phone_numbers.identifying(phone)
    done, open_ = state is S.CLOSED, state in (S.SUBMITTED, S.ACCEPTED)
    resolved = max(entry.received_at, entry.get("resolved_at")) if done else None
    result_class, result = entry.get("result") or (None, None)
    survey = {"survey_solved": entry.get("solved"), "survey_score": entry.get("score")}
    has_answer = any(survey.values())
    columns = (
        "company",
        "uscc",
        "membership",
        "street",
        "chamber",
        "industry",
        "size",
        "visit_ref",
        "contact",
    )
    return {name: entry.get(name) for name in columns} | {
        "number": number,
        "appellant": services.appellant(f"tel:{digits}") if digits else secrets.token_hex(32),
        "state": state,
        "channel": entry.get("channel") or "其他",
        "type": entry.values["type"],
        "category": entry.values["category"],
        "title": by_appellant.titled(entry.values["body"]),
        "body": entry.values["body"],
        "phone": phone,
        "phone_tail": phone_tail(phone),
        "anonymous": not (phone or entry.get("contact")),
        "share_contact": False,
        "consent_version": STATED,
        "consent_at": entry.received_at,
        "received_at": entry.received_at,
        "acceptance_due_at": promise.at if state is S.SUBMITTED else entry.received_at,
        "deadline_estimated": promise.estimated and open_,
        "sign_due_at": promise.at if state is S.ACCEPTED else None,
        "filed_by_id": by.id,
        "confidential": entry.values["type"] == "举报",
        "decline_code": "N9" if state is S.DECLINED else None,
        "unit_id": units.get(entry.get("unit") or "") if done else None,
        "accepted_at": entry.received_at if state in (S.ACCEPTED, S.CLOSED) else None,
        "due_at": entry.get("due_at") if done else None,
        "first_contact_at": _not_before(entry.get("first_contact_at"), entry.received_at) if done else None,
        "resolved_at": resolved,
        "closed_at": resolved,
        "result": result if done else None,
        "result_class": result_class if done else None,
        "public_reply": None,
        "survey_at": resolved if has_answer else None,
        **survey,
        "version": len(_path(state)),
    }  # fmt: skip


def _not_before(at: datetime | None, start: datetime) -> datetime | None:
    return max(at, start) if at is not None else None


def _path(state: AppealState) -> list[AppealState]:
    """The steps that a case took to where it stands."""
    if state is S.CLOSED:
        return [S.SUBMITTED, S.ACCEPTED, S.RESOLVED, S.CLOSED]
    return [S.SUBMITTED] if state is S.SUBMITTED else [S.SUBMITTED, state]


def _events(by: Staff, appeal_id: int, entry: Entry, row: dict[str, Any]) -> list[dict[str, Any]]:
    """One event a step, at its own time, so that the numbers of earlier months hold it."""
    detail = {
        "old_number": entry.get("old_number"),
        "old_unit": None if row["unit_id"] else entry.get("unit"),
        "words": entry.get("remark"),
    }
    ends = (S.RESOLVED, S.CLOSED)
    found: list[dict[str, Any]] = []
    before: AppealState | None = None
    for state in _path(row["state"]):
        found.append(
            {
                "appeal_id": appeal_id,
                "at": row["resolved_at"] if state in ends else entry.received_at,
                "actor": f"staff:{by.id}",
                "action": STEP if found else "imported",
                "from_state": before,
                "to_state": state,
                "public_text": None,
                "detail": {} if found else {key: value for key, value in detail.items() if value},
            }
        )
        before = state
    return found


def _answers(by: Staff, appeal_id: int, entry: Entry, row: dict[str, Any]) -> list[dict[str, Any]]:
    if row["survey_at"] is None:
        return []
    answer = {"solved": row["survey_solved"], "score": row["survey_score"], "words": None, "channel": "电话"}
    return [{"appeal_id": appeal_id, "at": row["survey_at"], "by_id": by.id, "replaced": False} | answer]
