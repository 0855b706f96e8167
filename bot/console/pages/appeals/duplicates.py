"""可能重复: open cases that may be about the same matter, side by side; nothing is merged by itself."""

from __future__ import annotations

from flask import g, render_template

from bot.appeals.actor import find, may_see
from bot.appeals.acts.merging import MERGE
from bot.appeals.acts.table import possible
from bot.appeals.duplicates import likely
from bot.console.family import Family, Page
from bot.runtime.services import ServiceActor
from bot.staff.rights import Right

page = Family("duplicates", "可能重复", "诉求", Right.APPEAL_READ)
MOST = 20


@page.get("/appeals/<number>/duplicates")
def duplicates(number: str) -> Page:
    """The likeliest first."""
    actor = ServiceActor(g.db, g.staff, g.services)
    case = find(actor, number)
    found = [
        one for one in likely(g.db, case, actor.config.appeals, MOST) if may_see(g.db, one.case, g.staff)
    ]
    return render_template(
        "duplicates/show.html",
        case=case,
        likely=found,
        may_merge=MERGE in possible(case, g.staff, db=g.db),
    )
