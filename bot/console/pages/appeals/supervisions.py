"""督办单: the numbered papers of supervision, and each for the printer."""

from __future__ import annotations

from flask import g, render_template, request
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from bot.appeals.actor import may_see, visible_to
from bot.appeals.acts.supervising import FORMAL, LABELS
from bot.console.cards import Card, card
from bot.console.family import Family, Page
from bot.console.listing import Column, Filter, Listing, one_of
from bot.console.safe_words import plainly
from bot.core.refusals import NotFound
from bot.staff.rights import Right
from models.appeal_work import Supervision
from models.appeals import Appeal
from models.staff import Staff
from models.units import Unit

READERS = frozenset({Right.APPEAL_READ, Right.APPEAL_READ_OWN})
page = Family("supervisions", "督办单", "诉求", READERS, order=40, entry="/console/supervisions")
LEVELS = tuple((level, LABELS[level]) for level in FORMAL)
ANSWERED = (("no", "待回复"), ("yes", "已回复"))
UNKNOWN = "没有查到这张督办单。请核对编号，或回到列表里找。"


@page.get("/supervisions")
def papers() -> Page:
    """The papers, the newest first."""
    listing = _listing(g.db)
    return render_template(
        "supervisions/index.html", found=listing.read(g.db, _visible(g.staff), request.args, by=g.staff)
    )


@page.get("/supervisions/<number>")
def paper(number: str) -> Page:
    """One paper, ready to print."""
    row = g.db.scalar(select(Supervision).where(Supervision.number == number.strip().upper()))
    case = g.db.get(Appeal, row.appeal_id) if row else None
    if row is None or case is None:
        raise NotFound(UNKNOWN)
    if not may_see(g.db, case, g.staff):
        raise NotFound(UNKNOWN, appeal_id=case.id)
    unit = g.db.get(Unit, row.unit_id) if row.unit_id else None
    by = g.db.get(Staff, row.by_id) if row.by_id else None
    return render_template(
        "supervisions/paper.html",
        row=row,
        case=case,
        level=LABELS[row.level],
        unit=unit.name if unit else None,
        by=by.name if by else None,
    )


def _visible(by: Staff) -> Select[Supervision]:
    seen = select(Appeal.id).where(Appeal.id == Supervision.appeal_id, visible_to(by)).exists()
    return select(Supervision).where(Supervision.number.is_not(None), seen)


def _listing(db: Session) -> Listing:
    units = {unit.id: unit.name for unit in db.scalars(select(Unit))}

    def case_number(row: Supervision) -> str:
        case = db.get(Appeal, row.appeal_id)
        return case.number if case else ""

    return Listing(
        "/console/supervisions",
        (
            Column("number", "编号", lambda r: r.number, Supervision.id, lead=True),
            Column("level", "级别", lambda r: LABELS[r.level], Supervision.level),
            Column("case", "诉求", case_number),
            Column("unit", "承办单位", lambda r: units.get(r.unit_id or 0, "—"), Supervision.unit_id),
            Column("cause", "事由", lambda r: plainly(r.cause)),
            Column("issued", "发出时间", lambda r: r.issued_at, Supervision.issued_at),
            Column("answered", "回复时间", lambda r: r.answered_at or "待回复", Supervision.answered_at),
        ),
        (
            Filter("level", "级别", one_of(lambda s: Supervision.level == s, LEVELS), "choice", LEVELS),
            Filter(
                "answered",
                "回复",
                one_of(lambda s: Supervision.answered_at.is_(None) if s == "no" else Supervision.answered_at.is_not(None), ANSWERED),
                "choice",
                ANSWERED,
            ),
        ),
        "-number",
        Supervision.id,
    )  # fmt: skip


@card(READERS, 80)
def unanswered_card(db: Session, by: Staff) -> Card:
    """The number on the dashboard."""
    waiting = _visible(by).where(Supervision.answered_at.is_(None)).with_only_columns(func.count())
    return Card("督办待回复", db.scalar(waiting) or 0, "/console/supervisions?answered=no", tone="bad")
