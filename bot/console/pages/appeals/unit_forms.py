"""What a responsible unit does to its case, and the note that every colleague may write."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from bot.appeals import deadlines
from bot.appeals.acts import dispatching, extending, handling, supervising
from bot.appeals.wording import day, when
from bot.console.pages.appeals.act_forms import INTERNAL, STEP, ActForm, area
from bot.console.pages.appeals.fields import Field, Given, words
from bot.console.pages.appeals.office_forms import unit_of
from bot.core import clock
from bot.core.refusals import Refused
from bot.runtime.services import ServiceActor
from models.appeal_work import Supervision, Support
from models.appeals import RESULT_CLASSES, Appeal
from models.staff import Role
from models.units import Unit, active_units


def _contact_fields(actor: ServiceActor, case: Appeal) -> Sequence[Field]:
    now = f"{clock.local(clock.now()):%Y-%m-%dT%H:%M}"
    return [
        Field("how", "联系方式", "radio", choices=words(handling.WAYS), value="电话", needed=True),
        Field("at", "联系时间", "moment", "按实际联系的时间填写，不能晚于现在。", needed=True, value=now),
        area("words", "联系情况", "内部：诉求人看不到。"),
    ]


def _contact(actor: ServiceActor, case: Appeal, given: Given) -> None:
    at = given.moment("at", "联系时间")
    if (
        at is not None
        and case.dispatched_at is not None
        and at == case.dispatched_at.replace(second=0, microsecond=0)
    ):
        at = case.dispatched_at  # the form knows minutes only: in the minute of the dispatch is not before it
    handling.log_contact(actor, case, given.text("how"), given.text("words"), at=at)


def _progress_fields(actor: ServiceActor, case: Appeal) -> Sequence[Field]:
    who = [("internal", "内部：只有同事看得到"), ("public", "公开：诉求人在进度页看得到")]
    return [
        Field("seen_by", "给谁看", "radio", choices=who, value="internal", needed=True),
        area("words", "办理进展"),
    ]


def _support_fields(actor: ServiceActor, case: Appeal) -> Sequence[Field]:
    units = [(str(unit.id), unit.name) for unit in active_units(actor.db) if unit.id != case.unit_id]
    return [
        Field("unit", "协办单位", "choice", choices=[("", "请选择"), *units], needed=True),
        area("wish", "请对方协助什么", "内部：诉求人看不到。"),
    ]


def _report_fields(actor: ServiceActor, case: Appeal) -> Sequence[Field]:
    report = area("report", "协办情况", "内部：主办单位看得到，诉求人看不到。")
    if actor.by is not None and actor.by.role is Role.UNIT:
        return [report]
    asked = select(Unit).join(Support, Support.unit_id == Unit.id).where(Support.appeal_id == case.id)
    choices = [(str(unit.id), unit.name) for unit in actor.db.scalars(asked)]
    return [Field("unit", "代哪个单位反馈", "choice", choices=choices, needed=True), report]


def _report(actor: ServiceActor, case: Appeal, given: Given) -> None:
    chosen = given.number("unit")
    unit = unit_of(actor, chosen, "协办单位") if chosen is not None else None
    handling.report_support(actor, case, given.text("report"), unit=unit)


def _extension_fields(actor: ServiceActor, case: Appeal) -> Sequence[Field]:
    hint, latest = "", ""
    if case.due_at is not None and case.limit_days is not None:
        last = deadlines.latest_extension(case.due_at, case.limit_days)
        hint, latest = f"原时限{when(case.due_at)}，最晚可延到{day(last)}。", last.isoformat()
    return [
        Field("until", "延期到", "date", hint, needed=True, value=latest),
        area("reason", "延期理由", "同意后会告诉诉求人，请用诉求人看得懂的话。"),
    ]


def _result_fields(actor: ServiceActor, case: Appeal) -> Sequence[Field]:
    return [
        Field("result_class", "结果类别", "radio", choices=words(RESULT_CLASSES), needed=True),
        area("result", "办理结果", "先交工商联审核，由工商联答复诉求人。", rows=8),
    ]


def _supervision_fields(actor: ServiceActor, case: Appeal) -> Sequence[Field]:
    rows = actor.db.scalars(
        select(Supervision)
        .where(
            Supervision.appeal_id == case.id,
            Supervision.answered_at.is_(None),
            Supervision.number.is_not(None),
        )
        .order_by(Supervision.id)
    )
    choices = [(str(row.id), f"{row.number}　{supervising.LABELS[row.level]}：{row.cause}") for row in rows]
    first = choices[0][0] if choices else ""
    return [
        Field("supervision", "督办单", "radio", choices=choices, needed=True, value=first),
        area("words", "督办回复", "内部：分管领导看得到，诉求人看不到。", rows=8),
    ]


def _answer_supervision(actor: ServiceActor, case: Appeal, given: Given) -> None:
    row = actor.db.get(Supervision, given.number("supervision") or 0)
    if row is None or row.appeal_id != case.id:
        raise Refused("请选择要回复的督办单。")
    supervising.answer_supervision(actor, row, given.text("words"))


UNIT: dict[str, ActForm] = {
    "sign": ActForm(
        STEP, "签收后由本单位负责到底（首接负责），请在时限内先联系诉求人。", "签收", "已签收，请尽快联系诉求人。",
        lambda actor, case: [Field("handler", "经办人", hint="可不填。", most=64, value=case.handler or "")],
        lambda actor, case, given: handling.sign(actor, case, given.some("handler")),
    ),
    "contest": ActForm(
        INTERNAL, "不属于本单位职责的，在签收期限内说明理由，由派单员当天裁定。", "提出异议", "异议已提交，等派单员裁定。",
        lambda actor, case: [area("reason", "异议理由", "写明职责依据，最好写出应由哪个单位办理。")],
        lambda actor, case, given: dispatching.contest(actor, case, given.text("reason")),
    ),
    "log_contact": ActForm(
        INTERNAL, "有人真正联系过诉求人才算；第一次联系的时间计入响应率。", "登记联系", "已登记联系。", _contact_fields, _contact
    ),
    "progress": ActForm(
        STEP, "写清办到哪一步、下一步做什么。请选好给谁看。", "登记进展", "已登记进展。", _progress_fields,
        lambda actor, case, given: handling.progress(
            actor, case, given.text("words"), public=given.text("seen_by") == "public"
        ),
    ),
    "add_support": ActForm(
        INTERNAL, "协办单位向主办单位反馈，由主办单位统一答复。", "请协办单位", "已通知协办单位。", _support_fields,
        lambda actor, case, given: handling.add_support(
            actor, case, unit_of(actor, given.number("unit"), "协办单位"), given.text("wish")
        ),
    ),
    "report_support": ActForm(
        INTERNAL, "把协办情况反馈给主办单位；没办完的，说明办到哪一步。", "反馈", "已反馈给主办单位。", _report_fields, _report
    ),
    "ask_extension": ActForm(
        STEP, "延期只有一次，须在到期前提出，批复后生效。", "申请延期", "延期申请已提交，等待批复。", _extension_fields,
        lambda actor, case, given: extending.ask_extension(
            actor, case, given.text("reason"), given.day("until", "延期到哪一天")
        ),
    ),
    "hand_in": ActForm(
        INTERNAL, "反馈后由工商联审核，审核通过才答复诉求人。", "提交审核", "已提交审核。", _result_fields,
        lambda actor, case, given: handling.hand_in(actor, case, given.text("result"), given.text("result_class")),
    ),
    "answer_supervision": ActForm(
        INTERNAL, "督办单须书面回复：现在办到哪里、什么时候办完。", "回复督办", "已回复督办单。", _supervision_fields,
        _answer_supervision,
    ),
    "note": ActForm(
        INTERNAL, "内部备注只有同事看得到，不会发给诉求人。", "保存内部备注", "已保存内部备注。",
        lambda actor, case: [area("words", "备注内容")],
        lambda actor, case, given: handling.note(actor, case, given.text("words")),
    ),
}  # fmt: skip
