"""待我确认: what colleagues ask a second person for, what became of one's own requests, and who stands in."""

from __future__ import annotations

from datetime import timedelta

from flask import flash, g, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.console.cards import Card, card
from bot.console.family import Family, Page, allowed
from bot.console.pages.trail.labels import changes
from bot.console.typed import line
from bot.core import clock
from bot.core.actor import Actor
from bot.core.bounds import day
from bot.core.refusals import NotFound, Refused
from bot.staff import confirmations as second
from bot.staff import stand_ins
from bot.staff.rights import LABELS, OFFICERS, RIGHTS, Right
from models.appeals import Appeal
from models.confirmations import Confirmation, ConfirmationState, StandIn
from models.staff import Role, Staff

SEEN_BY = frozenset(right for role in OFFICERS for right in RIGHTS[role]) - RIGHTS[Role.UNIT]
page = Family("confirmations", "待我确认", "工作", SEEN_BY, order=15, entry="/console/confirmations")
S = ConfirmationState
STATES = {
    S.WAITING: "等第二个人确认", S.CONFIRMED: "已确认，可以办了", S.DONE: "已确认并办好", S.REFUSED: "被退回", S.WITHDRAWN: "已收回",
    S.EXPIRED: "过期没有办",
}  # fmt: skip


@card(SEEN_BY, 5)
def confirmation_card(db: Session, by: Staff) -> Card | None:
    """What waits for this colleague's yes or no."""
    count = len(second.waiting_for(db, by))
    if not count and not allowed(Right.CONFIRM, by):
        return None
    return Card("待我确认", count, "/console/confirmations", tone="warn")


@page.get("/confirmations")
def confirmations() -> Page:
    """What waits for me, what I asked for, and who stands in for me."""
    return render_template(
        "confirmations/index.html",
        rows=[_shown(row) for row in second.waiting_for(g.db, g.staff)],
        mine=[(row, STATES[row.state], row.state in (S.WAITING, S.CONFIRMED)) for row in second.asked_by(g.db, g.staff)],
        standing=stand_ins.of(g.db, g.staff) if allowed(Right.CONFIRM, g.staff) else None,
        people=[(one.id, f"{one.name}（{LABELS[one.role]}）") for one in _fit()],
        first=clock.today(),
        last=clock.today() + timedelta(days=7),
    )  # fmt: skip


@page.post("/confirmations/<int:confirmation_id>/confirm")
def confirm(confirmation_id: int) -> Page:
    """Yes."""
    row = _row(confirmation_id)
    second.confirm(Actor(g.db, g.staff), row)
    flash(f"已确认：{row.what}。已经告诉 {row.asked_by.name}。", "good")
    return redirect(url_for(".confirmations"))


@page.form("/confirmations/<int:confirmation_id>/refuse")
def refuse(confirmation_id: int) -> Page:
    """No, and why."""
    row = _row(confirmation_id)
    answer = line("answer")
    if request.method == "GET" or not answer:
        problem = "请写明为什么退回。" if request.method == "POST" else ""
        return render_template("confirmations/refuse.html", row=row, problem=problem)
    second.refuse(Actor(g.db, g.staff), row, answer)
    flash(f"已退回：{row.what}。已经告诉 {row.asked_by.name}。", "good")
    return redirect(url_for(".confirmations"))


@page.post("/confirmations/<int:confirmation_id>/withdraw")
def withdraw(confirmation_id: int) -> Page:
    """One's own request is not needed any more."""
    row = _row(confirmation_id)
    second.withdraw(Actor(g.db, g.staff), row)
    flash(f"已收回：{row.what}。", "good")
    return redirect(url_for(".confirmations"))


@page.post("/stand-ins", Right.CONFIRM)
def appoint_stand_in() -> Page:
    """Somebody confirms while I am away."""
    said = line("who", 19)
    person = next((one for one in _fit() if str(one.id) == said), None)
    first, last = day(line("first", 10)), day(line("last", 10))
    if person is None or first is None or last is None:
        raise Refused("请选择代为确认的同事，并写明起止日期。")
    stand_ins.appoint(Actor(g.db, g.staff), g.staff, person, first, last)
    flash(f"{first} 至 {last} 由 {person.name} 代您确认，已经告诉全体工作人员。", "good")
    return redirect(url_for(".confirmations"))


@page.post("/stand-ins/<int:stand_in_id>/end", Right.CONFIRM)
def end_stand_in(stand_in_id: int) -> Page:
    """I am back."""
    row = g.db.get(StandIn, stand_in_id)
    if row is None or row.absent_id != g.staff.id:
        raise NotFound("没有这一条。请从「待我确认」里进入。")
    stand_ins.end(Actor(g.db, g.staff), row)
    flash("已收回。", "good")
    return redirect(url_for(".confirmations"))


def _row(confirmation_id: int) -> Confirmation:
    """One that waits for this colleague, or that they asked for; others are told of none."""
    row: Confirmation | None = g.db.get(Confirmation, confirmation_id)
    if row is None or not (row.asked_by_id == g.staff.id or second.may_decide(g.db, g.staff, row)):
        raise NotFound("没有这一项，或不由您确认。请从「待我确认」里进入。")
    return row


def _shown(row: Confirmation) -> dict[str, object]:
    kind = second.kinds()[row.kind]
    pairs = {
        name: [row.before.get(name), value] for name, value in row.after.items() if not name.endswith("_id")
    }
    changed = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    return {
        "row": row,
        "title": kind.title,
        "lines": changes({"changed": changed}),
        "number": _case_number(row),
    }


def _case_number(row: Confirmation) -> str | None:
    """The case it is about, for those who may open it."""
    if second.kinds()[row.kind].subject != "appeal" or not allowed(Right.APPEAL_READ, g.staff):
        return None
    number: str | None = g.db.scalar(select(Appeal.number).where(Appeal.id == row.subject_id))
    return number


def _fit() -> list[Staff]:
    roles = OFFICERS - {Role.ADMIN}
    query = select(Staff).where(Staff.active, Staff.role.in_(roles), Staff.id != g.staff.id)
    return list(g.db.scalars(query.order_by(Staff.name)))
