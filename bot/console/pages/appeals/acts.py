"""One act on a case: its form, the second question of a dangerous one, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import flash, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.appeals.actor import Desk, allow, find, may_see
from bot.appeals.acts.table import ACTS, Act, possible
from bot.appeals.states import IllegalMove
from bot.console.family import Answer, Family
from bot.console.pages.appeals import standing_words
from bot.console.pages.appeals.act_forms import ActForm
from bot.console.pages.appeals.fields import Field, Given
from bot.console.pages.appeals.office_forms import OFFICE
from bot.console.pages.appeals.timeline import since
from bot.console.pages.appeals.unit_forms import UNIT
from bot.core.refusals import NotFound, Refused, Stale
from bot.staff.rights import Right
from models.appeal_work import ReplyTemplate
from models.appeals import Appeal

FORMS: dict[str, ActForm] = {**OFFICE, **UNIT}
HIDDEN = ("csrf_token", "version", "sure", "back")
page = Family("appeal_acts", "办理诉求", "诉求", frozenset({Right.APPEAL_READ, Right.APPEAL_READ_OWN}))


@page.form("/appeals/<number>/do/<name>")
def act(number: str, name: str) -> Answer:
    """GET shows the form; POST does it, if the case is still as it was when the form was opened."""
    chosen, form = ACTS.get(name), FORMS.get(name)
    if chosen is None or form is None:
        raise NotFound("没有这项操作，请从诉求页面上的按钮进入。")
    desk = Desk(g.db, g.services, g.staff)
    case = find(desk, number)
    if request.method == "GET":
        _refuse_others(desk, case, chosen)
        return _page(desk, case, chosen, form, _fresh(desk, case, form))
    allow(desk, case, chosen)
    return _done(desk, case, chosen, form, Given(request.form))


def _done(desk: Desk, case: Appeal, act: Act, form: ActForm, given: Given) -> Answer:
    filled = [field.filled(given) for field in form.fields(desk, case)]
    version = given.number("version")
    if given.flag("back"):
        return _page(desk, case, act, form, filled)
    if version != case.version:
        return _stale(desk, case, act, form, filled, version)
    try:
        if act.dangerous and given.text("sure") != "yes":
            _refuse_others(desk, case, act)
            return _ask_again(case, act, form, filled)
        with (
            desk.db.begin_nested()
        ):  # what a refused verb has begun is taken back before the form is shown again
            form.do(desk, case, given)
    except Stale:
        desk.db.refresh(case)
        return _stale(desk, case, act, form, filled, version)
    except (Refused, IllegalMove) as error:
        return _again(_page(desk, case, act, form, filled, problem=str(error)), 422)
    flash(f"{case.number} {form.done}", "good")
    if may_see(desk.db, case, desk.by):
        return redirect(url_for(".case", number=case.number))
    return redirect(url_for(".cases"))


def _refuse_others(desk: Desk, case: Appeal, act: Act) -> None:
    """Only who may do this now gets the form."""
    if act in possible(case, desk.by, db=desk.db):
        return
    allow(desk, case, act)
    if case.state in act.states:
        raise Refused(f"{case.number} 现在不能{act.label}，请回到诉求页面看可以办什么。")
    raise IllegalMove(
        f"{case.number} 现在是「{case.state.label}」，不能{act.label}。请回到诉求页面看可以办什么。"
    )


def _fresh(desk: Desk, case: Appeal, form: ActForm) -> list[Field]:
    """The empty form, or with a template's words in its box; `?master=` names the case to merge into."""
    fields = list(form.fields(desk, case))
    words: dict[str | None, str] = {}
    for row in _templates(desk, form):
        if str(row.id) == request.args.get("template"):
            words[form.box] = row.body
    if "master" in request.args:
        words["master"] = request.args["master"][:40]
    return [replace(field, value=words[field.name]) if field.name in words else field for field in fields]


def _stale(
    desk: Desk, case: Appeal, act: Act, form: ActForm, filled: Sequence[Field], version: int | None
) -> Response:
    """Somebody was faster: what changed, and the typed words below it."""
    changes = since(desk.db, case, version or 0)
    own = bool(changes) and all(event.actor == desk.actor for event, _ in changes)
    words = (
        "您刚才已经提交过，不用再交一次。这是您提交后的记录："
        if own
        else "这件诉求刚被别人改过，您看到的已不是最新情况："
    )
    return _again(_page(desk, case, act, form, filled, changes=changes, stale_words=words), 409)


def _page(desk: Desk, case: Appeal, act: Act, form: ActForm, fields: Sequence[Field], **more: object) -> str:
    return render_template(
        "appeals/act.html",
        case=case,
        act=act,
        form=form,
        fields=fields,
        templates=_templates(desk, form),
        chosen=int(chosen) if (chosen := request.args.get("template", "")).isdecimal() else None,
        possible=act in possible(case, desk.by, db=desk.db),
        **more,
    )


def _ask_again(case: Appeal, act: Act, form: ActForm, filled: Sequence[Field]) -> str:
    """The second step, with everything that was typed carried along."""
    carried = [(name, value) for name, value in request.form.items(multi=True) if name not in HIDDEN]
    answers = [(field.label, words) for field in filled if (words := field.in_words())]
    return render_template(
        "appeals/sure.html",
        case=case,
        act=act,
        form=form,
        answers=answers,
        carried=carried,
        version=case.version,
    )


def _again(body: str, code: int) -> Response:
    return make_response(body, code)


def _templates(desk: Desk, form: ActForm) -> list[ReplyTemplate]:
    return standing_words.fitting(desk.db, form.purpose) if form.purpose else []
