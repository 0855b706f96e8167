"""代为登记: a colleague files for an appellant who called, wrote, came by or was visited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from flask import flash, g, make_response, redirect, render_template, request, url_for
from sqlalchemy import select

from bot.appeals.actor import may_see
from bot.appeals.acts.filing import BY_STAFF, MOST_BODY, Filed, file_for
from bot.appeals.fields import Field, Given, choices_of
from bot.console.family import Family, Page
from bot.core import clock
from bot.core.db import one_at_a_time
from bot.core.refusals import Refused
from bot.runtime.services import ServiceActor
from bot.staff.rights import Right
from models.appeals import CATEGORIES, TYPES, Appeal

page = Family("filing", "代为登记", "诉求", Right.APPEAL_FILE, order=20, entry="/console/filing")
TWICE = timedelta(minutes=10)  # the same words by the same colleague within it are one case
GROUPS: Sequence[tuple[str, Sequence[Field]]] = (
    ("来源", (
        Field("channel", "来源渠道", "radio", choices=choices_of(BY_STAFF), value="电话", needed=True),
        Field("visit_ref", "走访或会议", hint="走访、座谈会的名称，可留空。", most=64),
    )),
    ("诉求", (
        Field("type", "诉求类型", "radio", "举报一律保密，只有分管领导和承办单位能看到。", choices_of(TYPES), needed=True),
        Field("category", "问题类别", "choice", choices=choices_of(CATEGORIES, none="请选择"), needed=True),
        Field("body", "诉求内容", "area", "用诉求人自己的话，登记后不能改。", needed=True, most=MOST_BODY, rows=8),
    )),
    ("企业", (
        Field("company", "企业名称", most=128),
        Field("street", "所属街道", most=32),
        Field("chamber", "所属商会", most=64),
    )),
    ("诉求人", (
        Field("contact", "联系人", most=64),
        Field("phone", "联系电话", "tel", most=32),
        Field("anonymous", "匿名", "flag", "诉求人要求匿名的勾选；承办单位看不到联系方式。"),
        Field("share_contact", "诉求人同意把联系方式提供给承办单位", "flag", "请当面或在电话里问清楚；没有问到的不要勾选，由工商联转达。"),
    )),
)  # fmt: skip


@page.form("/filing")
def file_case() -> Page:
    """The form, and the new case's number."""
    if request.method == "GET":
        return render_template("filing/form.html", groups=GROUPS, problem="")
    given = Given(request.form.to_dict(flat=False))
    filed = _filed(given)
    one_at_a_time(g.db, f"filing:{g.staff.id}")
    before = _just_filed(filed)
    if before is not None:
        flash(f"这件诉求刚才已经登记，编号 {before.number}，没有重复登记。", "warn")
        return redirect(url_for(".case", number=before.number))
    try:
        with g.db.begin_nested():
            case = file_for(ServiceActor(g.db, g.staff, g.services), filed)
    except Refused as error:
        shown = [(title, [field.filled(given) for field in fields]) for title, fields in GROUPS]
        return make_response(render_template("filing/form.html", groups=shown, problem=str(error)), 422)
    if not may_see(g.db, case, g.staff):
        flash(f"已登记，编号 {case.number}。举报只有分管领导和承办单位能看到，请把编号告诉诉求人。", "good")
        return redirect(url_for(".cases"))
    flash(f"已登记，编号 {case.number}。请把编号告诉诉求人。", "good")
    return redirect(url_for(".case", number=case.number))


def _filed(given: Given) -> Filed:
    return Filed(
        channel=given.text("channel"),
        type=given.text("type"),
        category=given.text("category"),
        body=given.text("body"),
        company=given.some("company"),
        contact=given.some("contact"),
        phone=given.some("phone"),
        anonymous=given.flag("anonymous"),
        share_contact=given.flag("share_contact"),
        street=given.some("street"),
        chamber=given.some("chamber"),
        visit_ref=given.some("visit_ref"),
    )


def _just_filed(filed: Filed) -> Appeal | None:
    """The same case, when this is a second press of the button."""
    query = select(Appeal).where(
        Appeal.filed_by_id == g.staff.id,
        Appeal.received_at > clock.now() - TWICE,
        Appeal.channel == filed.channel,
        Appeal.type == filed.type,
        Appeal.category == filed.category,
    )
    same = (filed.body, filed.company, filed.phone)
    cases = g.db.scalars(query.order_by(Appeal.id.desc()).limit(20))
    return next((case for case in cases if (case.body, case.company, case.phone) == same), None)
