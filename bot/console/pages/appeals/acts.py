"""One act on a case: its form, the second question of a dangerous one, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import flash, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.appeals import reply_templates
from bot.appeals.actor import allow, find, may_see
from bot.appeals.acts.act import Act, Side
from bot.appeals.acts.dispatches import open_dispatch
from bot.appeals.acts.table import ACTS, possible
from bot.appeals.contacts import may_have_phones
from bot.appeals.fields import Field, Given
from bot.appeals.states import IllegalMove
from bot.console.family import Family, Page
from bot.console.pages.appeals.foreseen import Foreseen, foresee, newest_event
from bot.console.pages.appeals.timeline import since
from bot.core.bounds import row_id
from bot.core.refusals import NotFound, Refused, Stale
from bot.runtime.services import ServiceActor
from bot.staff.rights import Right
from models.appeal_work import ReplyTemplate
from models.appeals import Appeal

HIDDEN = ("csrf_token", "form_key", "version", "sure", "back", "fill", "template")
page = Family("appeal_acts", "办理诉求", "诉求", frozenset({Right.APPEAL_READ, Right.APPEAL_READ_OWN}))


@page.form("/appeals/<number>/do/<name>")
def act(number: str, name: str) -> Page:
    """GET shows the form; POST does it, if the case is still as it was when the form was opened."""
    chosen = ACTS.get(name)
    if chosen is None:
        raise NotFound("没有这项操作，请从诉求页面上的按钮进入。")
    actor = ServiceActor(g.db, g.staff, g.services)
    case = find(actor, number)
    if request.method == "GET":
        _refuse_others(actor, case, chosen)
        return _page(actor, case, chosen, _fresh(actor, case, chosen))
    allow(actor, case, chosen)
    return _done(actor, case, chosen, Given(request.form.to_dict(flat=False)))


def _done(actor: ServiceActor, case: Appeal, act: Act, given: Given) -> Page:
    filled = [field.filled(given) for field in act.form.fields_for(actor, case)]
    version = given.number("version")
    if version != case.version:
        return _stale(actor, case, act, filled, version)
    if given.flag("back"):
        return _page(actor, case, act, filled, unsent=True)
    if given.flag("fill"):
        return _page(
            actor, case, act, _from_template(actor, act, filled, given.text("template")), unsent=True
        )
    try:
        # What a refused verb has begun is taken back before the form is shown again.
        with actor.db.begin_nested():
            _run(actor, case, act, given)
    except LookFirst as first:
        actor.db.refresh(case)
        return _ask_again(case, act, filled, first.foreseen)
    except Stale:
        actor.db.refresh(case)
        return _stale(actor, case, act, filled, version)
    except (Refused, IllegalMove) as error:
        return _again(_page(actor, case, act, filled, problem=str(error), unsent=True), 422)
    flash(f"{case.number} {act.form.done}", "good")
    if may_see(actor.db, case, actor.by):
        return redirect(url_for(".case", number=case.number))
    return redirect(url_for(".cases"))


def _run(actor: ServiceActor, case: Appeal, act: Act, given: Given) -> None:
    """Do it; what has to be asked first is found by doing it, and taken back by raising LookFirst."""
    before = newest_event(actor.db, case)
    act.run(actor, case, given)
    if given.text("sure") == "yes":
        return
    foreseen = foresee(actor, case, act, before)
    if act.dangerous or foreseen.asks:
        raise LookFirst(foreseen)


class LookFirst(Exception):
    """The colleague has to look first at what would happen."""

    def __init__(self, foreseen: Foreseen) -> None:
        super().__init__()
        self.foreseen = foreseen


def _refuse_others(actor: ServiceActor, case: Appeal, act: Act) -> None:
    """Only who may do this now gets the form."""
    if act in possible(case, actor.by, db=actor.db):
        return
    allow(actor, case, act)
    if case.state in act.states:
        raise Refused(f"{case.number} 现在不能{act.label}，请回到诉求页面看可以办什么。")
    raise IllegalMove(
        f"{case.number} 现在是「{case.state.label}」，不能{act.label}。请回到诉求页面看可以办什么。"
    )


def _fresh(actor: ServiceActor, case: Appeal, act: Act) -> list[Field]:
    """The form as it opens: with the chosen template's text in its box, and with what the address fills in."""
    fields = _from_template(actor, act, act.form.fields_for(actor, case), request.args.get("template", ""))
    return [_from_link(field) for field in fields]


def _from_template(actor: ServiceActor, act: Act, fields: Sequence[Field], chosen: str) -> Sequence[Field]:
    """The template's text in its box, behind what was typed there."""
    template = next((row for row in _templates(actor, act) if str(row.id) == chosen), None)
    if template is None:
        return fields
    return [_joined(one, template.body) if one.name == act.form.box else one for one in fields]


def _joined(field: Field, text: str) -> Field:
    typed = field.value.rstrip()
    return replace(field, value=f"{typed}\n\n{text}" if typed else text)


def _from_link(field: Field) -> Field:
    if not field.from_link or field.name not in request.args:
        return field
    return replace(field, value=request.args[field.name][: field.most])


def _stale(
    actor: ServiceActor, case: Appeal, act: Act, filled: Sequence[Field], version: int | None
) -> Response:
    """Somebody was faster: what changed, and what was typed below it."""
    changes = since(actor.db, case, version or 0)
    own = bool(changes) and all(event.actor == actor.signature for event, _ in changes)
    said = (
        "您刚才已经提交过，不用再交一次。这是您提交后的记录："
        if own
        else "这件诉求刚被别人改过，您看到的已不是最新情况："
    )
    return _again(_page(actor, case, act, filled, changes=changes, stale_words=said, unsent=True), 409)


def _page(actor: ServiceActor, case: Appeal, act: Act, fields: Sequence[Field], **more: object) -> str:
    return render_template(
        "appeals/act.html",
        case=case,
        act=act,
        fields=fields,
        templates=_templates(actor, act),
        chosen=row_id(request.values.get("template")),
        possible=act in possible(case, actor.by, db=actor.db),
        whole=may_have_phones(case, actor.by),
        remark=_remark(actor, case) if act.side is Side.UNIT else "",
        **more,
    )


def _remark(actor: ServiceActor, case: Appeal) -> str:
    """What the dispatcher tells the unit."""
    row = open_dispatch(actor.db, case)
    return row.remark if row is not None else ""


def _ask_again(case: Appeal, act: Act, filled: Sequence[Field], foreseen: Foreseen) -> str:
    """The second step: what would happen, with everything that was typed carried along."""
    carried = [(name, value) for name, value in request.form.items(multi=True) if name not in HIDDEN]
    # What fills the box is shown as the appellant will read it.
    shown = [field for field in filled if not (foreseen.told and field.name == act.form.box)]
    answers = [(field.label, said) for field in shown if (said := field.for_people())]
    return render_template(
        "appeals/sure.html",
        case=case,
        act=act,
        answers=answers,
        foreseen=foreseen,
        carried=carried,
        version=case.version,
    )


def _again(body: str, code: int) -> Response:
    return make_response(body, code)


def _templates(actor: ServiceActor, act: Act) -> list[ReplyTemplate]:
    return reply_templates.fitting(actor.db, act.form.purpose) if act.form.purpose else []
