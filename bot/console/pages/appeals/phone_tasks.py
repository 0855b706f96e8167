"""电话告知: messages that WeChat could not deliver, each told by phone and ticked (domain §2.3 rule 4)."""

from __future__ import annotations

from flask import flash, g, make_response, redirect, render_template, request, url_for
from sqlalchemy import func
from sqlalchemy.orm import Session

from bot.appeals.access import has
from bot.appeals.actor import UNKNOWN, may_see, visible_to
from bot.appeals.fields import Field, Given
from bot.appeals.messages import tick_told, untold_query
from bot.console.cards import Card, card
from bot.console.family import Family, Page
from bot.core import clock
from bot.core.masking import masked_name, masked_phone
from bot.core.refusals import NotFound, Refused
from bot.runtime.services import ServiceActor
from bot.staff.rights import Right
from models.appeal_work import AppealMessage
from models.appeals import Appeal
from models.staff import Staff

page = Family("phone_tasks", "电话告知", "诉求", Right.APPEAL_ACCEPT, order=30, entry="/console/phone-tasks")
SHOWN = 50
REMARK = Field(
    "remark", "告知情况", hint="谁接的、什么时候、怎么说的；不要写电话号码。", needed=True, most=200, value="已打电话告知本人。"
)  # fmt: skip


@page.get("/phone-tasks")
def phone_tasks() -> Page:
    """What waits, the oldest first."""
    query = untold_query(clock.now()).where(visible_to(g.staff)).order_by(AppealMessage.id)
    return render_template(
        "phone_tasks/index.html",
        rows=[(message, case, _reach(case)) for message, case in g.db.execute(query.limit(SHOWN))],
        total=waiting(g.db, g.staff),
        most=SHOWN,
        may_unmask=has(g.staff, Right.CONTACT_UNMASK),
    )


@page.form("/phone-tasks/<int:message_id>")
def tick_told_by_phone(message_id: int) -> Page:
    """Tick one."""
    message = g.db.get(AppealMessage, message_id)
    case = g.db.get(Appeal, message.appeal_id) if message else None
    if message is None or case is None:
        raise NotFound(UNKNOWN)
    if not may_see(g.db, case, g.staff):
        raise NotFound(UNKNOWN, appeal_id=case.id)
    if request.method == "GET":
        return render_template("phone_tasks/tick.html", message=message, case=case, remark=REMARK, problem="")
    given = Given(request.form.to_dict(flat=False))
    try:
        with g.db.begin_nested():
            tick_told(ServiceActor(g.db, g.staff, g.services), message, given.text("remark"))
    except Refused as error:
        body = render_template(
            "phone_tasks/tick.html", message=message, case=case, remark=REMARK.filled(given), problem=error
        )
        return make_response(body, 422)
    flash(f"{case.number} 已登记为电话告知。", "good")
    return redirect(url_for(".phone_tasks"))


def waiting(db: Session, by: Staff) -> int:
    """How many wait."""
    query = untold_query(clock.now()).where(visible_to(by)).with_only_columns(func.count())
    return db.scalar(query.order_by(None)) or 0


@card(Right.APPEAL_ACCEPT, 70)
def phone_card(db: Session, by: Staff) -> Card:
    """The number on the dashboard."""
    return Card("电话告知", waiting(db, by), "/console/phone-tasks", "微信送不到的消息", "warn")


def _reach(case: Appeal) -> str:
    return f"{masked_name(case.contact)} {masked_phone(case.phone)}".strip()
