"""消息: a colleague's inbox."""

from __future__ import annotations

from flask import g, redirect, render_template, url_for
from sqlalchemy import select

from bot.console.family import SIGNED_IN, Family, Page
from bot.core.refusals import NotFound
from bot.staff import inbox
from models.appeals import Appeal
from models.staff import StaffNotice

page = Family("inbox", "消息", "工作", SIGNED_IN, order=10, entry="/console/notices")
SHOWN = 100
GONE = "这条消息不在您的消息里。请从消息列表打开。"


@page.get("/notices")
def my_notices() -> Page:
    """The unread first."""
    rows = inbox.mine(g.db, g.staff, limit=SHOWN)
    ids = {row.appeal_id for row in rows if row.appeal_id is not None}
    found = g.db.execute(select(Appeal.id, Appeal.number).where(Appeal.id.in_(ids))) if ids else ()
    numbers: dict[int | None, str] = {}
    for case_id, number in found:
        numbers[case_id] = number
    return render_template(
        "inbox/index.html",
        rows=[(row, numbers.get(row.appeal_id)) for row in rows],
        waiting=inbox.unread(g.db, g.staff),
    )


@page.post("/notices/<int:notice_id>/open")
def open_notice(notice_id: int) -> Page:
    """Read it and go to its case."""
    notice = _read(notice_id)
    case = g.db.get(Appeal, notice.appeal_id) if notice.appeal_id else None
    return redirect(url_for(".case", number=case.number) if case else url_for(".my_notices"))


@page.post("/notices/<int:notice_id>/read")
def read_notice(notice_id: int) -> Page:
    """Mark one."""
    _read(notice_id)
    return redirect(url_for(".my_notices"))


@page.post("/notices/read")
def read_all_notices() -> Page:
    """Mark all that are shown."""
    for notice in inbox.mine(g.db, g.staff, unread=True, limit=SHOWN):
        inbox.mark_read(g.db, g.staff, notice)
    return redirect(url_for(".my_notices"))


def _read(notice_id: int) -> StaffNotice:
    notice: StaffNotice | None = g.db.get(StaffNotice, notice_id)
    if notice is None or not inbox.mark_read(g.db, g.staff, notice):
        raise NotFound(GONE)
    return notice
