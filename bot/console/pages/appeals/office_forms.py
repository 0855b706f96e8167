"""What the office does to a case: take it on, send it out, review it, answer, close, merge, supervise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.appeals import messages
from bot.appeals.actor import find
from bot.appeals.acts import (
    acceptance,
    closing,
    dispatching,
    extending,
    holding,
    merging,
    reviewing,
    supervising,
)
from bot.appeals.acts.declining import REASONS
from bot.appeals.acts.table import has
from bot.console.pages.appeals.act_forms import INTERNAL, PUBLIC, STEP, ActForm, area, reason
from bot.console.pages.appeals.fields import Field, Given, words
from bot.core import clock
from bot.core.refusals import NotFound, Refused
from bot.runtime.services import ServiceActor
from bot.staff.rights import Right
from models.appeal_work import Dispatch
from models.appeals import (
    CATEGORIES,
    DIFFICULTIES,
    MEMBERSHIPS,
    SCORES,
    SIZES,
    SOLVED,
    TYPES,
    URGENCIES,
    Appeal,
)
from models.units import Unit, active_units

HOLD_DAYS = 30
COMPANY = ("street", "chamber", "industry", "size", "membership", "uscc")


def grades(case: Appeal) -> list[Field]:
    """Type, category, urgency, difficulty."""
    return [
        Field("type", "诉求类型", "choice", choices=words(TYPES), value=case.type, needed=True),
        Field("category", "问题类别", "choice", choices=words(CATEGORIES), value=case.category, needed=True),
        Field(
            "urgency",
            "紧急程度",
            "radio",
            "紧急：办理时限按紧急件计算。",
            words(URGENCIES),
            value=case.urgency,
        ),
        Field(
            "difficulty",
            "复杂程度",
            "radio",
            "复杂：办理时限更长。",
            words(DIFFICULTIES),
            value=case.difficulty,
        ),
    ]


def company_fields(case: Appeal) -> list[Field]:
    """The company, in the ledger's words."""
    return [
        Field("street", "所属街道", most=32, value=case.street or ""),
        Field("chamber", "所属商会", most=64, value=case.chamber or ""),
        Field("industry", "行业", most=32, value=case.industry or ""),
        Field("size", "企业规模", "choice", choices=words(SIZES, none="未填"), value=case.size or ""),
        Field("membership", "会员类别", "choice", choices=words(MEMBERSHIPS, none="未填"), value=case.membership or ""),
        Field("uscc", "统一社会信用代码", hint="18 位，可留空。", most=24, value=case.uscc or ""),
    ]  # fmt: skip


def flags(case: Appeal) -> list[Field]:
    """Secrecy and several appellants."""
    named = "只有分管领导和承办单位能看到，不进台账导出。举报一律保密。"
    return [
        Field("confidential", "保密", "flag", named, value="1" if case.confidential else ""),
        Field("collective", "多人反映", "flag", value="1" if case.collective else ""),
    ]


def _accept_fields(actor: ServiceActor, case: Appeal) -> Sequence[Field]:
    return [*grades(case), *company_fields(case), *flags(case)]


def _accept(actor: ServiceActor, case: Appeal, given: Given) -> None:
    company = {name: given.some(name) for name in COMPANY}
    acceptance.accept(
        actor,
        case,
        type=given.text("type"),
        category=given.text("category"),
        urgency=given.text("urgency"),
        difficulty=given.text("difficulty"),
        confidential=given.flag("confidential"),
        collective=given.flag("collective"),
        **company,
    )


def _regrade_fields(actor: ServiceActor, case: Appeal) -> Sequence[Field]:
    return [
        Field("title", "诉求摘要", needed=True, most=64, value=case.title),
        *grades(case),
        Field("company", "企业名称", most=128, value=case.company or ""),
        *company_fields(case),
        Field("visit_ref", "走访或会议", most=64, value=case.visit_ref or ""),
        Field(
            "opinion_ref",
            "转社情民意",
            hint="报送编号或链接，可留空。",
            most=64,
            value=case.opinion_ref or "",
        ),
        *flags(case),
    ]


def _regrade(actor: ServiceActor, case: Appeal, given: Given) -> None:
    """Only what was changed, so that the history says no more than happened."""
    said: dict[str, object] = {}
    for field in _regrade_fields(actor, case):
        if field.kind == "flag":
            if given.flag(field.name) != bool(field.value):
                said[field.name] = given.flag(field.name)
        elif given.text(field.name) != field.value:
            said[field.name] = given.some(field.name)
    if not said:
        raise Refused("没有改动任何一栏。请改动后再保存，或直接返回。")
    acceptance.regrade(actor, case, **said)


def _decline_fields(actor: ServiceActor, case: Appeal) -> Sequence[Field]:
    codes = [
        (code, f"{code}　{one.label}{'（须补充说明）' if one.needs else ''}") for code, one in REASONS.items()
    ]
    hint = "会接在标准答复后面发给诉求人。标了「须补充说明」的理由必须填写。"
    return [
        Field("code", "不予受理的理由", "radio", choices=codes, needed=True),
        area("words", "补充说明", hint, needed=False),
    ]


def _unit_choices(db: Session, *, besides: int | None = None) -> list[tuple[str, str]]:
    return [(str(u.id), f"{u.name}（{u.kind}）") for u in active_units(db) if u.id != besides]


def unit_of(actor: ServiceActor, number: int | None, what: str = "承办单位") -> Unit:
    """The chosen unit."""
    unit = actor.db.get(Unit, number) if number is not None else None
    if unit is None:
        raise Refused(f"请选择{what}。")
    return unit


def _dispatch_fields(actor: ServiceActor, case: Appeal) -> Sequence[Field]:
    kinds = dispatching.KINDS if has(actor.by, Right.APPEAL_SUPERVISE) else dispatching.KINDS[:2]
    units = _unit_choices(actor.db)
    fields = [
        Field("unit", "主办单位", "choice", "只能有一个主办单位。", [("", "请选择"), *units], needed=True),
        Field("kind", "派单方式", "radio", "转办：工商联系统以外的单位。", words(kinds), value="派单"),
        Field("supports", "协办单位", "many", "可不选，派单后也能再请。", units),
        area("remark", "给单位的说明", "内部：诉求人看不到。", needed=False, rows=4),
    ]
    contested = select(Dispatch.id).where(Dispatch.appeal_id == case.id, Dispatch.contested_at.is_not(None))
    if actor.db.scalar(contested.limit(1)) is not None:
        fields.append(Field("may_contest", "允许新单位再次提出异议", "flag", "这件诉求已有过一次异议。"))
    return fields


def _dispatch(actor: ServiceActor, case: Appeal, given: Given) -> None:
    dispatching.dispatch(
        actor,
        case,
        unit_of(actor, given.number("unit")),
        kind=given.text("kind") or "派单",
        remark=given.text("remark"),
        supports=[unit_of(actor, one, "协办单位") for one in given.numbers("supports")],
        may_contest=given.flag("may_contest"),
    )


def _yes_no(name: str, label: str, yes: str, no: str) -> Field:
    return Field(name, label, "radio", choices=[("yes", yes), ("no", no)], needed=True)


def _decided(given: Given, name: str) -> bool:
    said = given.text(name)
    if said not in ("yes", "no"):
        raise Refused("请先选择结论，再提交。")
    return said == "yes"


def _decide_contest_fields(actor: ServiceActor, case: Appeal) -> Sequence[Field]:
    return [
        _yes_no("upheld", "裁定", "异议成立：退回待派单，另派单位", "异议不成立：仍由该单位办理"),
        area("remark", "裁定意见", "内部：单位看得到，诉求人看不到。", rows=4),
    ]


def _decide_extension_fields(actor: ServiceActor, case: Appeal) -> Sequence[Field]:
    return [
        _yes_no("approved", "批复", "同意延期（新时限和理由会告诉诉求人）", "不同意，按原时限办理"),
        area("remark", "意见", "不同意时必须写明理由。", needed=False, rows=4),
    ]


def _hold_fields(actor: ServiceActor, case: Appeal) -> Sequence[Field]:
    until = (clock.today() + timedelta(days=HOLD_DAYS)).isoformat()
    return [
        area("told", "对诉求人的解释", "这一段会发给诉求人。"),
        area("reason", "挂账理由（内部）", "诉求人看不到。", rows=4),
        Field("until", "复核日期", "date", "最长 90 天；到期自动恢复办理。", needed=True, value=until),
    ]


def _approve_fields(actor: ServiceActor, case: Appeal) -> Sequence[Field]:
    hint = "会原样发给诉求人，并附上评价。请用诉求人看得懂的话，不要写内部情况。"
    return [area("public_reply", "给诉求人的答复", hint, value=case.result or "", rows=10)]


def _survey_fields(actor: ServiceActor, case: Appeal) -> Sequence[Field]:
    return [
        Field(
            "solved",
            "是否解决",
            "radio",
            "按诉求人的原话选，联系不上不要代填。",
            words(SOLVED, none="没有回答"),
        ),
        Field("score", "满意度", "radio", choices=words(SCORES, none="没有回答")),
        area("words", "诉求人的意见", needed=False, rows=4),
        Field("channel", "回访方式", "radio", choices=words(closing.CHANNELS), value="电话"),
    ]


def _merge_fields(actor: ServiceActor, case: Appeal) -> Sequence[Field]:
    return [Field("master", "并入哪一件", hint="主诉求的编号；它必须还在办理。", needed=True, most=40)]


def _merge(actor: ServiceActor, case: Appeal, given: Given) -> None:
    try:
        master = find(actor, given.text("master"))
    except NotFound as error:
        raise Refused(f"没有查到编号「{given.text('master')[:40]}」。请核对后重填。") from error
    merging.merge(actor, case, master)


def _supervise_fields(actor: ServiceActor, case: Appeal) -> Sequence[Field]:
    levels = [(level, supervising.LABELS[level]) for level in supervising.FORMAL]
    return [
        Field("level", "督办级别", "radio", "每一级只发一次。", levels, needed=True),
        Field("cause", "督办事由", hint="会印在督办单上，不超过 128 字。", needed=True, most=128),
    ]


OFFICE: dict[str, ActForm] = {
    "accept": ActForm(
        STEP, "受理后进入待派单，并告诉诉求人。请先核对类型和类别。", "受理", "已受理，请派单。", _accept_fields, _accept
    ),
    "decline": ActForm(
        PUBLIC, "标准答复和补充说明会一起发给诉求人。", "不予受理", "已答复诉求人不予受理。", _decline_fields,
        lambda actor, case, given: acceptance.decline(actor, case, given.text("code"), given.text("words")),
        "不予受理", "words", "不予受理后，这件诉求不再办理，诉求人会马上收到答复。确定不予受理吗？",
    ),
    "ask": ActForm(
        PUBLIC, "问题会发给诉求人；收到补充之前暂停计时。", "发给诉求人", "问题已发给诉求人，等待补充。",
        lambda actor, case: [area("question", "请诉求人补充什么", "会原样发给诉求人。")],
        lambda actor, case, given: acceptance.ask(actor, case, given.text("question")), "补充", "question",
    ),
    "record_answer": ActForm(
        STEP, "把诉求人在电话里或当面补充的内容记下来，恢复计时。", "登记", "已登记补充内容，请继续受理。",
        lambda actor, case: [area("words", "诉求人补充的内容", "用诉求人自己的话。")],
        lambda actor, case, given: acceptance.record_answer(actor, case, given.text("words")),
    ),
    "answer_at_once": ActForm(
        PUBLIC, "咨询类可以不派单，直接答复并办结。", "发给诉求人并办结", "已答复诉求人并办结，等待回访。",
        lambda actor, case: [area("reply", "答复内容", "会原样发给诉求人，并附上评价。", rows=10)],
        lambda actor, case, given: acceptance.answer_at_once(actor, case, given.text("reply")), "答复", "reply",
    ),
    "dispatch": ActForm(
        STEP, "派单后计算并保存办理时限，同时告诉诉求人和承办单位。", "派单", "已派单，等待签收。", _dispatch_fields, _dispatch
    ),
    "decide_contest": ActForm(
        INTERNAL, "派单异议应当天裁定。", "裁定", "已裁定异议。", _decide_contest_fields,
        lambda actor, case, given: dispatching.decide_contest(
            actor, case, _decided(given, "upheld"), given.text("remark")
        ),
    ),
    "decide_extension": ActForm(
        STEP, "延期只有一次。", "批复", "已批复延期申请。", _decide_extension_fields,
        lambda actor, case, given: extending.decide_extension(
            actor, case, _decided(given, "approved"), given.text("remark")
        ),
    ),
    "hold": ActForm(
        PUBLIC, "目前客观上解决不了的，挂账并定期复核；挂账期间暂停计时。", "挂账并告诉诉求人", "已挂账。", _hold_fields,
        lambda actor, case, given: holding.hold(
            actor, case, given.text("reason"), given.text("told"), given.day("until", "复核日期")
        ),
        "挂账", "told",
    ),
    "resume": ActForm(
        INTERNAL, "条件具备了，接着办；剩余的工作日从今天接着算，并告诉诉求人。", "恢复办理", "已恢复办理。",
        lambda actor, case: [reason("恢复办理的理由", "内部：诉求人看不到。")],
        lambda actor, case, given: holding.resume(actor, case, given.text("reason")),
    ),
    "approve": ActForm(
        PUBLIC, "审核单位反馈的结果，改写成给诉求人的答复。", "发给诉求人并办结", "已答复诉求人并办结，等待回访。",
        _approve_fields,
        lambda actor, case, given: reviewing.approve(actor, case, given.text("public_reply")), "答复", "public_reply",
    ),
    "send_back": ActForm(
        INTERNAL, "结果不够好，退回承办单位继续办理；原时限不变。", "退回重办", "已退回承办单位。",
        lambda actor, case: [reason("退回的理由", "内部：单位看得到，诉求人看不到。")],
        lambda actor, case, given: reviewing.send_back(actor, case, given.text("reason")),
        question="确定把这件诉求退回承办单位重办吗？退回次数会记入统计。",
    ),
    "record_survey": ActForm(
        STEP, "电话回访后登记。至少填一项；登记后自动销号。", "登记回访", "已登记回访。", _survey_fields,
        lambda actor, case, given: closing.record_survey(
            actor, case, given.some("solved"), given.some("score"), given.some("words"), given.text("channel") or "电话"
        ),
    ),
    "close": ActForm(
        INTERNAL, "已回访，或回访期满并提醒过的，可以销号。", "销号", "已销号。", lambda actor, case: [reason("销号理由")],
        lambda actor, case, given: closing.close(actor, case, given.text("reason")),
    ),
    "reopen": ActForm(
        INTERNAL, "交回原承办单位，重新计算办理时限，并告诉诉求人。", "重新办理", "已重新办理。",
        lambda actor, case: [reason("重新办理的理由", "内部：单位看得到，诉求人看不到。")],
        lambda actor, case, given: closing.reopen(actor, case, given.text("reason")),
    ),
    "undo_close": ActForm(
        INTERNAL, "只用于误操作。回到销号前的状态。", "撤销销号", "已撤销销号。", lambda actor, case: [reason()],
        lambda actor, case, given: closing.undo_close(actor, case, given.text("reason")),
        question="确定撤销销号吗？诉求会回到销号前的状态。",
    ),
    "merge": ActForm(
        STEP, "反映同一件事的，并入另一件在办诉求；诉求人会收到通知，并继续收到主诉求的进展。", "并案", "已并案。",
        _merge_fields, _merge, question="并案后，这件诉求随主诉求一起办理。确定并案吗？",
    ),
    "undo_merge": ActForm(
        INTERNAL, "并错了的，恢复单独办理，并告诉诉求人。", "撤销并案", "已恢复单独办理。", lambda actor, case: [reason()],
        lambda actor, case, given: merging.undo_merge(actor, case, given.text("reason")),
        question="确定撤销并案、恢复单独办理吗？",
    ),
    "supervise": ActForm(
        INTERNAL, "发出有编号的督办单，承办单位须书面回复。", "发出督办单", "督办单已发出。", _supervise_fields,
        lambda actor, case, given: supervising.supervise(actor, case, given.text("level"), given.text("cause")),
    ),
    "reply": ActForm(
        PUBLIC, "办理过程中给诉求人的答复，会马上发出。", "发给诉求人", "答复已发出。",
        lambda actor, case: [area("words", "给诉求人的答复", "会原样发给诉求人。", rows=8)],
        lambda actor, case, given: messages.reply(actor, case, given.text("words")), "答复", "words",
    ),
    "regrade": ActForm(
        STEP, "只改登记栏目，诉求人的原话不能改。类型、紧急或复杂程度变了，时限会重算并告诉诉求人。", "保存", "已保存。",
        _regrade_fields, _regrade,
    ),
}  # fmt: skip
