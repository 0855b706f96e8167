"""答复模板: standing texts that answers start from."""

from __future__ import annotations

from flask import flash, g, make_response, redirect, render_template, request, url_for

from bot.appeals.access import has
from bot.appeals.fields import Field, Given, choices_of
from bot.appeals.reply_templates import MOST_BODY, MOST_TITLE, PURPOSES, all_templates, save
from bot.console.family import Family, Page
from bot.core.refusals import NotFound, Refused
from bot.staff.rights import Right
from models.appeal_work import ReplyTemplate

SEEN_BY = frozenset({Right.APPEAL_ACCEPT, Right.CONTENT_EDIT})
page = Family("reply_templates", "答复模板", "诉求", SEEN_BY, order=60, entry="/console/reply-templates")


@page.get("/reply-templates")
def reply_templates() -> Page:
    """All, by purpose."""
    rows = all_templates(g.db)
    groups = [(p, [row for row in rows if row.purpose == p]) for p in PURPOSES]
    return render_template(
        "reply_templates/index.html", groups=groups, may_edit=has(g.staff, Right.CONTENT_EDIT)
    )


@page.form("/reply-templates/new", Right.CONTENT_EDIT)
def new_reply_template() -> Page:
    """Add one."""
    return _edit(None)


@page.form("/reply-templates/<int:template_id>", Right.CONTENT_EDIT)
def reply_template(template_id: int) -> Page:
    """Change one, or switch it off."""
    row = g.db.get(ReplyTemplate, template_id)
    if row is None:
        raise NotFound("没有这个模板，请从列表里进入。")
    return _edit(row)


def _edit(row: ReplyTemplate | None) -> Page:
    fields = _fields(row)
    if request.method == "GET":
        return render_template("reply_templates/form.html", row=row, fields=fields, problem="")
    given = Given(request.form.to_dict(flat=False))
    try:
        with g.db.begin_nested():
            save(
                g.db,
                g.staff,
                row,
                title=given.text("title"),
                purpose=given.text("purpose"),
                body=given.text("body"),
                position=given.number("position") or 0,
                active=given.flag("active"),
            )
    except Refused as error:
        filled = [field.filled(given) for field in fields]
        body = render_template("reply_templates/form.html", row=row, fields=filled, problem=str(error))
        return make_response(body, 422)
    flash("模板已保存。", "good")
    return redirect(url_for(".reply_templates"))


def _fields(row: ReplyTemplate | None) -> list[Field]:
    known = row or ReplyTemplate(title="", purpose="答复", body="", position=0, active=True)
    purposes = choices_of(PURPOSES)
    return [
        Field("title", "标题", needed=True, most=MOST_TITLE, value=known.title),
        Field("purpose", "用途", "radio", choices=purposes, value=known.purpose, needed=True),
        Field("body", "内容", "area", needed=True, most=MOST_BODY, rows=8, value=known.body),
        Field("position", "排序", hint="数字小的排在前面。", most=3, value=str(known.position)),
        Field("active", "使用中", "flag", value="1" if known.active else ""),
    ]
