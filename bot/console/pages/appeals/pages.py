"""诉求: the list of cases, one case, and the whole contact for a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import g, make_response, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import defer

from bot.appeals.access import has
from bot.appeals.actor import find
from bot.appeals.acts import supervising
from bot.appeals.acts.act import Act, Place, Side
from bot.appeals.acts.merging import MERGE
from bot.appeals.acts.table import primary
from bot.appeals.acts.unmasking import texts_with_phones, unmask
from bot.appeals.contacts import may_have_phones
from bot.console.family import Family, Page
from bot.console.pages.appeals import cards, case_page, selection
from bot.console.pages.appeals.case_list import case_list
from bot.console.pages.statistics.drill_down import narrowed
from bot.core import clock
from bot.core.refusals import Refused
from bot.runtime.services import ServiceActor
from bot.staff.rights import Right
from models.appeals import Appeal
from models.staff import Role, Staff

READERS = frozenset({Right.APPEAL_READ, Right.APPEAL_READ_OWN})
page = Family("appeals", "诉求", "诉求", READERS, order=10, entry="/console/appeals")
CARDS = cards.__name__  # importing it registers the dashboard's cards


LONG = tuple(defer(column, raiseload=True) for column in (Appeal.body, Appeal.result, Appeal.public_reply, Appeal.survey_text))  # fmt: skip


@page.get("/appeals")
def cases() -> Page:
    """The cases that this colleague may see, as the address says."""
    moment = clock.now()
    tab = request.args.get("tab") or ("mine" if not request.args else "all")
    query = select(Appeal).options(*LONG).where(selection.seen_by(g.staff))
    condition = selection.of_tab(tab, g.staff, moment)
    if condition is not None:
        query = query.where(condition)
    query, words = narrowed(query, request.args)
    listing = case_list(g.db, g.staff, moment, period=not words)
    return render_template(
        "appeals/index.html",
        found=listing.read(g.db, query, request.args, by=g.staff),
        tabs=selection.TABS,
        tab=tab,
        words=words,
        may_file=has(g.staff, Right.APPEAL_FILE),
        may_export=has(g.staff, Right.LEDGER_EXPORT),
    )


@page.get("/appeals/<number>")
def case(number: str) -> Page:
    """One case: what happened, what can be done now."""
    actor = ServiceActor(g.db, g.staff, g.services)
    found = case_page.read(actor, find(actor, number), g.staff)
    return render_template("appeals/case.html", **_shown(found, g.staff))


@page.form("/appeals/<number>/contact", Right.CONTACT_UNMASK)
def contact(number: str) -> Page:
    """The whole name and phone, once, for a reason that the audit trail keeps."""
    actor = ServiceActor(g.db, g.staff, g.services)
    found = find(actor, number)
    reason = request.form.get("reason", "")
    if request.method == "GET":
        return render_template("appeals/unmask.html", case=found, contact=None, problem="", reason="")
    try:
        seen = unmask(actor, found, reason)
    except Refused as error:
        return render_template("appeals/unmask.html", case=found, contact=None, problem=error, reason=reason)
    answer = make_response(
        render_template(
            "appeals/unmask.html",
            case=found,
            contact=seen,
            texts=texts_with_phones(g.db, found),
            problem="",
            reason="",
        )
    )
    answer.headers["Content-Disposition"] = "inline"  # an answer in itself: the row in the trail stays
    return answer


@dataclass(frozen=True)
class PromisedDate:
    """A promised date and what became of it."""

    name: str
    due: datetime | None
    done: datetime | None

    @property
    def late(self) -> bool:
        """Whether it was done after its date."""
        return self.due is not None and self.done is not None and self.done > self.due


def promised_dates(case: Appeal) -> list[PromisedDate]:
    """The dates of a case in their order; without those that are not known yet."""
    found = (
        PromisedDate("受理", case.acceptance_due_at, case.accepted_at),
        PromisedDate("签收", case.sign_due_at, case.signed_at),
        PromisedDate("首次联系", case.contact_due_at, case.first_contact_at),
        PromisedDate("办理", case.due_in_force, case.resolved_at),
        PromisedDate("审核", case.review_due_at, None),
        PromisedDate("回访", case.survey_due_at, case.survey_at),
    )
    return [date for date in found if date.due or date.done]


def _shown(found: case_page.CasePage, by: Staff) -> dict[str, object]:
    """What the template needs besides the rows."""
    office = by.role is not Role.UNIT
    own = [act for act in found.acts if not _is_for_unit(act, office)]
    first = primary(found.case, by, own, db=g.db)
    others = [act for act in own if act.place is Place.NEXT and act is not first]
    return {
        "page": found,
        "next_acts": [first, *others] if first else others,
        "primary": first,
        "unit_acts": [act for act in found.acts if _is_for_unit(act, office)],
        "more_acts": [act for act in own if act.place is Place.RARE],
        "write_acts": [act for act in own if act.place is Place.WRITING],
        "waits": case_page.AWAITED[found.case.state],
        "facts": _facts(found.case),
        "dates": promised_dates(found.case),
        "levels": supervising.LABELS,
        "may_unmask": has(by, Right.CONTACT_UNMASK),
        "hides": bool(found.contact and found.contact.masked) or bool(texts_with_phones(g.db, found.case)),
        "whole": may_have_phones(found.case, by),
        "may_tick": has(by, Right.APPEAL_ACCEPT),
        "may_merge": MERGE in found.acts,
        "no_contact": _why_no_contact(found.case, office),
    }


def _is_for_unit(act: Act, office: bool) -> bool:
    """Whether a colleague of the office does this on the unit's behalf."""
    return office and act.side is not Side.OFFICE and act.place is not Place.WRITING


def _why_no_contact(case: Appeal, office: bool) -> str:
    if case.anonymous:
        return "诉求人要求匿名"
    if office:
        return "没有留联系方式"
    return "联系方式由工商联转达" if not case.share_contact else "只有主办单位在办理期间可见"


def _facts(case: Appeal) -> list[tuple[str, str]]:
    """The ledger's fields that are filled in."""
    named = (
        ("所属街道", case.street),
        ("所属商会", case.chamber),
        ("会员类别", case.membership),
        ("规模", case.size),
        ("行业", case.industry),
        ("统一社会信用代码", case.uscc),
        ("走访或会议", case.visit_ref),
        ("转社情民意", case.opinion_ref),
        ("紧急程度", case.urgency),
        ("复杂程度", case.difficulty),
    )
    return [(label, value) for label, value in named if value]
