"""操作记录: the audit trail, filtered; whether its chain is whole; the seal of each day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from flask import flash, g, redirect, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from bot.console.cards import Card, card
from bot.console.family import Family, Page
from bot.console.listing import Column, Filter, Listing, one_of
from bot.console.pages.trail.labels import ACTIONS, SUBJECTS, changes
from bot.core import audit, clock
from bot.core.bounds import day, row_id
from bot.core.db import reading, transaction
from bot.staff.rights import LABELS, Right
from models.appeals import Appeal
from models.audit import AuditEntry
from models.staff import Role, Staff

page = Family("trail", "操作记录", "管理", Right.AUDIT_READ, order=80, entry="/console/trail")
KINDS = tuple(SUBJECTS.items())
WATCHED = ("console.denied", "staff.sign_in_failed", "staff.locked")
SEALS = 7  # days that the page shows


def short(text: str | None) -> str | Markup:
    """Something that is not broken over two lines."""
    return Markup('<span class="short">{}</span>').format(text) if text else ""


def _who(entry: AuditEntry) -> str:
    return "系统" if entry.staff_id is None else str(g.people.get(entry.staff_id, f"#{entry.staff_id}"))


def _what(entry: AuditEntry) -> str:
    return ACTIONS.get(entry.action, entry.action)


def _subject(entry: AuditEntry) -> str | Markup:
    kind = SUBJECTS.get(entry.subject, entry.subject)
    if entry.subject_id is None:
        return kind
    known = {"appeal": g.numbers, "staff": g.people}.get(entry.subject, {})
    return Markup("{} {}").format(kind, short(str(known.get(entry.subject_id, entry.subject_id))))


def _detail(entry: AuditEntry) -> Markup:
    reason = {"reason": entry.reason} if entry.reason else {}
    lines = changes(reason | entry.detail)
    return Markup("<br>").join(lines)


def _role(entry: AuditEntry) -> str:
    return LABELS[Role(entry.role)] if entry.role else ""


def _named(said: str) -> ColumnElement[bool]:
    """The acts whose Chinese name has these words."""
    return AuditEntry.action.in_([action for action, words in ACTIONS.items() if said in words])


def _by(said: str) -> ColumnElement[bool]:
    if said == "系统":
        return AuditEntry.staff_id.is_(None)
    return AuditEntry.staff_id.in_(select(Staff.id).where(Staff.name.contains(said, autoescape=True)))


def _about(said: str) -> ColumnElement[bool] | None:
    """One case or row by its number."""
    if said.upper().startswith("SQ"):
        ids = select(Appeal.id).where(Appeal.number == said.upper())
        return (AuditEntry.subject == "appeal") & AuditEntry.subject_id.in_(ids)
    number = row_id(said)
    return AuditEntry.subject_id == number if number else None


def _since(said: str) -> ColumnElement[bool] | None:
    first = day(said)
    return AuditEntry.at >= clock.at(first, 0) if first else None


def _until(said: str) -> ColumnElement[bool] | None:
    last = day(said)
    return AuditEntry.at < clock.at(last + timedelta(days=1), 0) if last else None


LIST = Listing(
    "/console/trail",
    (
        Column("at", "时间", lambda e: f"{clock.local(e.at):%Y-%m-%d %H:%M:%S}", AuditEntry.id, lead=True),
        Column("who", "谁", _who, AuditEntry.staff_id),
        Column("role", "角色", _role),
        Column("what", "做了什么", _what, AuditEntry.action),
        Column("subject", "对象", _subject),
        Column("detail", "理由和变化", _detail),
        Column("address", "来自", lambda e: short(e.address)),
        Column("digest", "摘要", lambda e: e.digest[:16], shown=False),
    ),
    (
        Filter("who", "谁", _by, hint="姓名，或“系统”"),
        Filter("action", "做了什么", _named, hint="如：登录、导出、派单"),
        Filter("kind", "对象", one_of(lambda s: AuditEntry.subject == s, KINDS), "choice", KINDS),
        Filter("subject", "对象编号", _about, hint="诉求编号或序号"),
        Filter("from", "从", _since, "from"),
        Filter("to", "到", _until, "to"),
    ),
    "-at",
    AuditEntry.id,
    50,
)


@card(Right.AUDIT_READ, 80)
def trail_cards(db: Session, by: Staff) -> list[Card]:
    """What was refused today, and who could not get in."""
    today = clock.at(clock.today(), 0)
    since = f"/console/trail?from={clock.today().isoformat()}&action="
    query = select(AuditEntry.action, func.count()).where(
        AuditEntry.at >= today, AuditEntry.action.in_(WATCHED)
    )
    counts = dict(db.execute(query.group_by(AuditEntry.action)).all())
    return [
        Card(f"今天{ACTIONS[one]}", counts.get(one, 0), since + ACTIONS[one], tone="warn") for one in WATCHED
    ]


@page.get("/trail")
def trail() -> Page:
    """The entries, newest first."""
    found = LIST.read(g.db, select(AuditEntry), request.args, by=g.staff)
    _look_up(found.rows)
    return render_template("trail/index.html", found=found, seals=audit.seals(g.db, SEALS))


@page.post("/trail/check", own=True)
def check_trail() -> Page:
    """Recompute the chain from its first row, and compare it with the daily seals."""
    with reading(g.services.engine) as db:  # every row is read, so nobody waits for it
        broken, cut = audit.first_break(db), audit.broken_seal(db)
    with transaction(g.services.engine) as db:
        audit.record(db, db.get(Staff, g.staff.id), "audit.check", "audit", broken)
    if broken is not None:
        flash(f"第 {broken} 条与前后不符：有记录被改动或删除。请立即报告分管领导，并保留数据库备份。", "bad")
    elif cut is not None:
        flash(
            f"{cut.detail['day']} 封存时的最后一条找不到了：有记录被删除。请立即报告分管领导，并保留数据库备份。",
            "bad",
        )
    else:
        flash("已逐条核对，并与每日封存比对：记录完整，没有被改动或删除。", "good")
    return redirect(url_for(".trail"))


def _look_up(entries: Iterable[AuditEntry]) -> None:
    """The names and case numbers of a page's rows, in two queries."""
    rows = list(entries)
    people = {e.staff_id for e in rows} | {e.subject_id for e in rows if e.subject == "staff"}
    cases = {e.subject_id for e in rows if e.subject == "appeal"}
    g.people = dict(g.db.execute(select(Staff.id, Staff.name).where(Staff.id.in_(people - {None}))).all())
    g.numbers = dict(
        g.db.execute(select(Appeal.id, Appeal.number).where(Appeal.id.in_(cases - {None}))).all()
    )
