"""值班: who is on duty, and how alerts reach each of them; one's own WeChat is bound here with a one-time code."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, session, url_for
from sqlalchemy.orm import Session

from bot.console.cards import Card, card
from bot.console.family import Family, Page
from bot.console.typed import line
from bot.core import clock
from bot.core.actor import Actor
from bot.core.refusals import NotFound
from bot.health import alerts
from bot.staff import duty
from bot.staff.rights import LABELS, RIGHTS, Right
from models.staff import Staff

ABLE = frozenset({Right.MESSAGE_ANSWER, Right.STAFF_MANAGE})
page = Family("duty", "值班", "工作", ABLE, order=20, entry="/console/duty")
CODE = "binding_code"


@page.get("/duty")
def duty_roster() -> Page:
    """Everybody who can be on duty, and oneself."""
    everybody = duty.able(g.db, Right.MESSAGE_ANSWER)
    return render_template(
        "duty/index.html",
        rows=[(person, LABELS[person.role], _by_wechat(person), bool(person.mail)) for person in everybody],
        nobody=not any(person.on_duty for person in everybody),
        mail_on=g.services.config.mail.is_on,
        may_roster=duty.may_roster(g.staff),
        answers=Right.MESSAGE_ANSWER in RIGHTS[g.staff.role],
        code=session.pop(CODE, None),
        minutes=int(duty.LASTS.total_seconds() // 60),
        mine=_by_wechat(g.staff),
    )


@page.post("/duty/<int:staff_id>")
def change_duty(staff_id: int) -> Page:
    """Go on or off duty."""
    person = g.db.get(Staff, staff_id) if staff_id < 2**63 else None
    if person is None or not person.active:
        raise NotFound("没有这位同事，请从名单里进入。")
    on = request.form.get("on") == "1"
    duty.set_duty(Actor(g.db, g.staff), person, on)
    flash(f"{person.name} {'开始值班' if on else '不再值班'}。", "good")
    return redirect(url_for(".duty_roster"))


@page.post("/duty/mail")
def change_duty_mail() -> Page:
    """One's own address."""
    duty.set_mail(Actor(g.db, g.staff), g.staff, line("mail", 254))
    flash("提醒邮箱已保存。" if g.staff.mail else "不再用邮件提醒您。", "good")
    return redirect(url_for(".duty_roster"))


@page.post("/duty/code", limit="10 per minute")
def new_binding_code() -> Page:
    """A code for one's own WeChat, shown once on the next page."""
    session[CODE] = duty.new_code(Actor(g.db, g.staff), g.staff)
    return redirect(url_for(".duty_roster"))


@page.post("/duty/unbind")
def unbind_wechat() -> Page:
    """Nothing goes to one's WeChat any more."""
    duty.unbind(Actor(g.db, g.staff), g.staff)
    flash("已解除绑定，提醒不再发到那个微信。", "good")
    return redirect(url_for(".duty_roster"))


@card(Right.MESSAGE_ANSWER, 75)
def unreachable_card(db: Session, by: Staff) -> Card | None:
    """Whoever is on duty and cannot be called has to know it."""
    if not by.on_duty or by.openid is not None or by.mail:
        return None
    return Card("值班提醒收不到", 1, "/console/duty", "请绑定微信或填邮箱", "bad")


def _by_wechat(person: Staff) -> str:
    """How an alert would reach this colleague's WeChat now."""
    if person.openid is None:
        return "没有绑定"
    now = alerts.can_be_called(g.services, g.db, person, clock.now())
    return "马上能收到" if now else "窗口已过：先给公众号发一句话"
