"""操作记录: the audit trail, filtered; whether its chain is whole; the seal of each day."""

from __future__ import annotations

import json
from datetime import timedelta

from flask import flash, g, redirect, render_template, request, url_for
from sqlalchemy import select

from bot import audit, clock
from bot.console.family import Answer, Family
from bot.console.listing import Column, Filter, Listing, day
from bot.console.trail_words import ACTIONS
from bot.staff import LABELS, Right
from models.audit import AuditEntry
from models.staff import Role, Staff

page = Family("trail", "操作记录", "管理", Right.AUDIT_READ, order=80, entry="/console/trail")


def _who(entry: AuditEntry) -> str:
    if entry.staff_id is None:
        return "系统"
    person = g.db.get(Staff, entry.staff_id)
    return person.name if person else f"#{entry.staff_id}"


def _what(entry: AuditEntry) -> str:
    return ACTIONS.get(entry.action, entry.action)


def _detail(entry: AuditEntry) -> str:
    return json.dumps(entry.detail, ensure_ascii=False) if entry.detail else ""


def _role(entry: AuditEntry) -> str:
    return LABELS[Role(entry.role)] if entry.role else ""


LIST = Listing(
    "/console/trail",
    (
        Column("at", "时间", lambda e: f"{clock.local(e.at):%Y-%m-%d %H:%M:%S}", AuditEntry.id, lead=True),
        Column("who", "谁", _who, AuditEntry.staff_id),
        Column("role", "角色", _role),
        Column("what", "做了什么", _what, AuditEntry.action),
        Column("subject", "对象", lambda e: f"{e.subject} {e.subject_id or ''}"),
        Column("reason", "理由", lambda e: e.reason or e.detail.get("reason", "")),
        Column("detail", "变化", _detail),
        Column("address", "地址", lambda e: e.address or "", shown=False),
        Column("digest", "摘要", lambda e: e.digest[:16], shown=False),
    ),
    (
        Filter("who", "谁", lambda s: AuditEntry.staff_id.in_(select(Staff.id).where(Staff.name.contains(s, autoescape=True)))),
        Filter("action", "动作", lambda s: AuditEntry.action == s, "choice", tuple(ACTIONS.items())),
        Filter("subject", "对象编号", lambda s: AuditEntry.subject_id == int(s) if s.isascii() and s.isdecimal() and len(s) < 10 else None),
        Filter("from", "从", lambda s: AuditEntry.at >= clock.at(d, 0) if (d := day(s)) else None, "from"),
        Filter("to", "到", lambda s: AuditEntry.at < clock.at(d + timedelta(days=1), 0) if (d := day(s)) else None, "to"),
    ),
    "-at",
    AuditEntry.id,
    50,
)  # fmt: skip


@page.get("/trail")
def trail() -> Answer:
    """The entries, newest first."""
    found = LIST.read(g.db, select(AuditEntry), request.args, by=g.staff)
    return render_template("console/trail.html", found=found)


@page.post("/trail/check")
def check_trail() -> Answer:
    """Recompute the chain from its first row."""
    broken = audit.first_break(g.db)
    audit.record(g.db, g.staff, "audit.check", "audit", broken)
    if broken is None:
        flash("已逐条核对：记录完整，没有被改动或删除。", "good")
    else:
        flash(f"第 {broken} 条与前后不符：有记录被改动或删除。请立即报告分管领导，并保留数据库备份。", "bad")
    return redirect(url_for(".trail"))
