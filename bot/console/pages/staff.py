"""同事: add, one-time link, role, unit, disable; never a password of somebody else."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from bot.console.cards import Card, card
from bot.console.family import Family, Page
from bot.console.listing import Column, Filter, Listing, one_of
from bot.console.typed import line
from bot.core.actor import Actor
from bot.core.bounds import row_id
from bot.core.refusals import NotFound
from bot.staff import colleagues, confirmations, rights, signing_in
from bot.staff.colleagues import Unchanged
from bot.staff.rights import LABELS, Right
from bot.staff.tries import FREE
from models.staff import Role, Staff
from models.units import active_units

page = Family("staff", "同事", "管理", Right.STAFF_MANAGE, order=10, entry="/console/staff")
ROLES = tuple((role.value, LABELS[role]) for role in Role)
WAITS = "要由第二个人（分管领导）确认，已经告诉他们。"
TAGS = {"已停用": "", "没有启用": "tag-warn", "多次输错口令": "tag-warn", "等本人设置口令": "tag-warn"}
STATES = (("active", "在岗"), ("gone", "已停用"), ("tried", "多次输错口令"), ("new", "还没有登录口令"))


def _in_state(said: str) -> ColumnElement[bool] | None:
    """One of STATES as a condition."""
    conditions = {
        "active": Staff.active.is_(True),
        "gone": Staff.active.is_(False),
        "tried": Staff.active.is_(True) & (Staff.failed_sign_ins >= FREE),
        "new": Staff.active.is_(True) & Staff.password_hash.is_(None),
    }
    return conditions.get(said)


def state_of(person: Staff) -> str:
    """在岗, 已停用, …"""
    if not person.active:
        return "已停用" if person.password_changed_at else "没有启用"
    if person.failed_sign_ins >= FREE:
        return "多次输错口令"
    return "在岗" if person.password_hash else "等本人设置口令"


def _state_tag(person: Staff) -> str | Markup:
    state = state_of(person)
    return state if state == "在岗" else Markup('<span class="tag {}">{}</span>').format(TAGS[state], state)


LIST = Listing(
    "/console/staff",
    (
        Column("name", "姓名", lambda p: p.name, Staff.name, lead=True),
        Column("role", "角色", lambda p: LABELS[p.role], Staff.role),
        Column("unit", "单位", lambda p: p.unit.name if p.unit else "", Staff.unit_id),
        Column("state", "状态", _state_tag),
        Column("totp", "动态验证码", lambda p: "已开启" if p.totp_secret else "未开启"),
        Column("seen", "上次登录", lambda p: p.last_seen_at, Staff.last_seen_at),
    ),
    (
        Filter("name", "姓名", lambda s: Staff.name.contains(s, autoescape=True)),
        Filter("role", "角色", one_of(lambda s: Staff.role == Role(s), ROLES), "choice", ROLES),
        Filter("state", "状态", _in_state, "choice", STATES),
    ),
    "name",
    Staff.id,
)


@card(Right.STAFF_MANAGE, 70)
def staff_cards(db: Session, by: Staff) -> list[Card]:
    """Colleagues who cannot get in."""
    cards = (("new", "等本人设置口令", "warn"), ("tried", "口令多次输错", "warn"))
    return [
        Card(title, _count(db, state), f"/console/staff?state={state}", tone=tone)
        for state, title, tone in cards
    ]


def _count(db: Session, state: str) -> int:
    condition = _in_state(state)
    assert condition is not None
    return db.scalar(select(func.count()).select_from(Staff).where(condition)) or 0


@page.get("/staff")
def all_colleagues() -> Page:
    """Everybody."""
    return render_template("staff/index.html", found=LIST.read(g.db, select(Staff), request.args, by=g.staff))


@page.form("/staff/new")
def new_colleague() -> Page:
    """Add somebody; the answer shows the one-time link, once."""
    if request.method == "GET":
        return _form({})
    typed = request.form
    name, role = line("name", 65), rights.role_named(typed.get("role", ""))
    if not 0 < len(name) <= 64 or role is None:
        return _form(typed, "请填写姓名（最多 64 个字），并选择角色。")
    made = colleagues.add(Actor(g.db, g.staff), name, role, unit_id=_unit(role))
    if made is None:
        return _form(typed, f"已经有同事叫「{name}」；重名的请加单位或部门区分。")
    flash(f"已登记 {made.name}。{WAITS}确认后在本页发登录链接。", "good")
    return redirect(url_for(".colleague", staff_id=made.id))


@page.get("/staff/<int:staff_id>")
def colleague(staff_id: int) -> Page:
    """One colleague and what can be done."""
    person = _person(staff_id)
    waiting = [confirmations.waiting_on(g.db, kind, person.id) for kind in (colleagues.RISE, signing_in.LINK)]
    return render_template(
        "staff/colleague.html", person=person, roles=ROLES, unit_choices=_units(), state=state_of(person),
        label=LABELS[person.role], waiting=[row for row in waiting if row],
        may_invite=signing_in.may_invite(Actor(g.db, g.staff), person),
    )  # fmt: skip


@page.post("/staff/<int:staff_id>/role")
def change_role(staff_id: int) -> Page:
    """Another role or unit: at once when it only takes rights away, else with a second person. The person's sessions end."""
    person, role = _person(staff_id), rights.role_named(request.form.get("role", ""))
    if role is None:
        raise Unchanged("请选择角色。")
    asked = colleagues.change_role(Actor(g.db, g.staff), person, role, _unit(role))
    flash(f"已提出。{WAITS}" if asked else f"{person.name} 现在是{LABELS[role]}。", "good")
    return redirect(url_for(".colleague", staff_id=person.id))


@page.post("/staff/<int:staff_id>/link")
def new_link(staff_id: int) -> Page:
    """A new one-time link, shown once; for an officer a second person is asked first."""
    person = _person(staff_id)
    if signing_in.may_invite(Actor(g.db, g.staff), person):
        return _show_link(person)
    signing_in.ask_link(Actor(g.db, g.staff), person)
    flash(f"已提出。{WAITS}确认后回到本页取链接。", "good")
    return redirect(url_for(".colleague", staff_id=person.id))


@page.form("/staff/<int:staff_id>/disable")
def disable_colleague(staff_id: int) -> Page:
    """Take all rights from somebody who leaves: the question first."""
    person = _person(staff_id)
    if request.method == "GET":
        return render_template(
            "base/confirm.html",
            title=f"停用 {person.name}",
            question=f"停用后 {person.name} 不能再登录和操作，已办的事仍记在名下。确定停用吗？",
            button="停用", back=url_for(".colleague", staff_id=person.id),
        )  # fmt: skip
    colleagues.disable(Actor(g.db, g.staff), person)
    flash(f"已停用 {person.name}。", "good")
    return redirect(url_for(".colleague", staff_id=person.id))


@page.post("/staff/<int:staff_id>/enable")
def enable_colleague(staff_id: int) -> Page:
    """Somebody who came back."""
    person = _person(staff_id)
    colleagues.enable(Actor(g.db, g.staff), person)
    flash(f"已提出重新启用 {person.name}。{WAITS}", "good")
    return redirect(url_for(".colleague", staff_id=person.id))


@page.form("/staff/<int:staff_id>/codes")
def drop_codes(staff_id: int) -> Page:
    """The phone is lost: ask for no codes."""
    person = _person(staff_id)
    if request.method == "GET":
        return render_template(
            "base/confirm.html",
            title=f"重置 {person.name} 的动态验证码",
            question="请先当面或电话核实是本人。重置后只凭口令就能登录，请提醒本人重新开启。确定重置吗？",
            button="重置", back=url_for(".colleague", staff_id=person.id),
        )  # fmt: skip
    signing_in.drop_codes(Actor(g.db, g.staff), person)
    flash("已重置，请提醒本人在「我的账户」里重新开启。", "good")
    return redirect(url_for(".colleague", staff_id=person.id))


def _person(staff_id: int) -> Staff:
    person: Staff | None = g.db.get(Staff, staff_id)
    if person is None:
        raise NotFound("没有这位同事，请从名单里进入。")
    return person


def _unit(role: Role) -> int | None:
    """The unit that was chosen; people of a unit need one, others have none."""
    said = request.form.get("unit", "")
    known = {unit.id for unit in active_units(g.db)}
    unit = row_id(said)
    if role is not Role.UNIT:
        return None
    if unit not in known:
        raise Unchanged("承办单位的同事要选择所属单位；没有的话请先在「承办单位」里添加。")
    return unit


def _units() -> list[tuple[int, str]]:
    return [(unit.id, unit.name) for unit in active_units(g.db)]


def _show_link(person: Staff) -> Page:
    """Shown in the answer of the POST and nowhere else. The transaction must stand, so this is no plain page."""
    token = signing_in.invite(Actor(g.db, g.staff), person)
    flash(
        f"请把下面的链接当面或用内部渠道交给 {person.name}：72 小时内有效，只能用一次，离开本页后不再显示。",
        "good",
    )
    flash(g.services.url(url_for(".welcome", token=token)), "link")
    return redirect(url_for(".colleague", staff_id=person.id))


def _form(typed: object, problem: str = "") -> Page:
    return render_template("staff/new.html", typed=typed, problem=problem, roles=ROLES, unit_choices=_units())
