"""承办单位: the bodies that cases are sent to."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from bot.appeals import units
from bot.console.family import Family, Page
from bot.console.listing import Column, Filter, Listing, one_of
from bot.core.actor import Actor
from bot.core.refusals import NotFound
from bot.staff.rights import Right
from models.units import UNIT_KINDS, Unit

page = Family("units", "承办单位", "管理", Right.UNIT_MANAGE, order=20, entry="/console/units")
KINDS = tuple((kind, kind) for kind in UNIT_KINDS)


def _state(unit: Unit) -> str | Markup:
    return "可派单" if unit.active else Markup('<span class="tag">已停用</span>')


LIST = Listing(
    "/console/units",
    (
        Column("name", "名称", lambda u: u.name, Unit.name, lead=True),
        Column("kind", "类别", lambda u: u.kind, Unit.kind),
        Column("contact", "联络人", lambda u: u.contact or ""),
        Column("phone", "联系电话", lambda u: u.phone or ""),
        Column("active", "状态", _state, Unit.active),
    ),
    (
        Filter("name", "名称", lambda s: Unit.name.contains(s, autoescape=True)),
        Filter("kind", "类别", one_of(lambda s: Unit.kind == s, KINDS), "choice", KINDS),
    ),
    "kind",
    Unit.id,
    50,
)


@page.get("/units")
def all_units() -> Page:
    """Every unit."""
    return render_template("units/index.html", found=LIST.read(g.db, select(Unit), request.args, by=g.staff))


@page.form("/units/new")
def new_unit() -> Page:
    """Add a unit."""
    return _edit(None)


@page.form("/units/<int:unit_id>")
def unit(unit_id: int) -> Page:
    """Change a unit, or switch it off."""
    known = g.db.get(Unit, unit_id)
    if known is None:
        raise NotFound("没有这个单位，请从列表里进入。")
    return _edit(known)


def _edit(known: Unit | None) -> Page:
    typed = MultiDict(units.facts(known)) if known else MultiDict({"active": "1"})
    if request.method == "POST":
        typed = request.form.copy()
        problem = units.problem(g.db, typed, known)
        if problem is None:
            saved = units.save(Actor(g.db, g.staff), typed, known)
            flash(f"已保存「{saved.name}」。", "good")
            return redirect(url_for(".all_units"))
        return render_template(
            "units/unit.html", unit=known, typed=typed, kind_choices=KINDS, problem=problem
        )
    return render_template("units/unit.html", unit=known, typed=typed, kind_choices=KINDS, problem="")
