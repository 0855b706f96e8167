"""Before a unit is found: accept, decline, ask the appellant, answer at once, and put the case's particulars right."""

from __future__ import annotations

from typing import Any

from bot.appeals import credit_code, deadlines, leak_check, states
from bot.appeals.actor import acting
from bot.appeals.acts.declining import REASONS
from bot.appeals.acts.resolving import resolve
from bot.appeals.messages import tell
from bot.appeals.wording import one_of, when, written
from bot.core import clock, workdays
from bot.core.masking import phone_tail
from bot.core.refusals import Refused
from bot.runtime.services import ServiceActor
from bot.staff import inbox
from models.appeals import (
    CATEGORIES,
    DIFFICULTIES,
    MEMBERSHIPS,
    SIZES,
    TYPES,
    URGENCIES,
    Appeal,
    AppealState,
)
from models.staff import Role

S = AppealState
CHOICES: dict[str, tuple[tuple[str, ...], str]] = {
    "type": (TYPES, "诉求类型"),
    "category": (CATEGORIES, "问题类别"),
    "urgency": (URGENCIES, "紧急程度"),
    "difficulty": (DIFFICULTIES, "复杂程度"),
    "size": (SIZES, "企业规模"),
    "membership": (MEMBERSHIPS, "会员类别"),
}
MAY_BE_EMPTY = frozenset({"size", "membership"})
# Column -> the most characters. What the appellant wrote (`body`) is not among them.
WRITTEN: dict[str, int] = {
    "title": 64, "company": 128, "contact": 64, "phone": 32, "street": 32, "chamber": 64, "industry": 32,
    "visit_ref": 64, "opinion_ref": 64, "uscc": 18,
}  # fmt: skip
FLAGS = ("confidential", "collective")
GRADES = frozenset({"type", "urgency", "difficulty"})


def accept(
    actor: ServiceActor,
    case: Appeal,
    *,
    type: str,
    category: str,
    urgency: str = "一般",
    difficulty: str = "一般",
    street: str | None = None,
    chamber: str | None = None,
    industry: str | None = None,
    size: str | None = None,
    membership: str | None = None,
    uscc: str | None = None,
    confidential: bool = False,
    collective: bool = False,
) -> None:
    """Take the case on. A report (举报) is confidential; a case that is confidential already stays so."""
    facts = {
        "street": street,
        "chamber": chamber,
        "industry": industry,
        "size": size,
        "membership": membership,
    }
    given = {name: value for name, value in (facts | {"uscc": uscc}).items() if value}
    grades = {"type": type, "category": category, "urgency": urgency, "difficulty": difficulty}
    with acting(actor, case, "accept"):
        _write(case, grades | given)
        case.confidential = case.confidential or confidential or type == "举报"
        case.collective = case.collective or collective
        case.accepted_at = clock.now()
        promise = workdays.deadline(
            case.accepted_at, actor.config.appeals.signing_days, actor.config.appeals.close
        )
        case.sign_due_at = promise.at
        case.deadline_estimated = deadlines.is_estimated(case)
        said = "诉求已受理，等待派给承办单位"
        event = states.move(
            actor.db, case, S.ACCEPTED, actor.signature, "accepted", public_text=said, **grades
        )
        words = f"您的诉求 {case.number} 已受理（{case.type}，{case.category}）。"
        tell(
            actor,
            case,
            event,
            f"{words}我们会尽快派给承办单位，派出后告诉您办理时限。回复「查进度」随时可看。",
        )
        inbox.tell_role(
            actor.db,
            Role.DISPATCHER,
            "accepted",
            f"{case.number} 已受理，请在{when(promise.at)}前派单。",
            case,
        )


def decline(actor: ServiceActor, case: Appeal, code: str, words: str = "") -> None:
    """Do not take the case on, for one of the nine reasons, and say where it belongs."""
    reason = REASONS.get(code)
    if reason is None:
        raise Refused(f"请选不予受理的理由：{'、'.join(f'{r.code} {r.label}' for r in REASONS.values())}。")
    with acting(actor, case, "decline"):
        said = written(words, reason.needs) if reason.needs else words.strip()
        leak_check.checked(actor.db, case, said)
        case.decline_code = code
        full = "\n".join(part for part in (reason.reply, said) if part)
        event = states.move(
            actor.db,
            case,
            S.DECLINED,
            actor.signature,
            "declined",
            public_text=f"不予受理：{full}",
            code=code,
        )
        tell(
            actor, case, event, f"您的诉求 {case.number} 不予受理。\n{full}\n有新的情况，请回复 6 重新提交。"
        )


def ask(actor: ServiceActor, case: Appeal, question: str) -> None:
    """Ask the appellant; the clock stands until the answer."""
    with acting(actor, case, "ask"):
        said = leak_check.checked(actor.db, case, written(question, "要诉求人补充什么"))
        case.paused_at = clock.now()
        event = states.move(
            actor.db, case, S.NEED_INFO, actor.signature, "asked", public_text=f"请您补充：{said}"
        )
        last = workdays.deadline(case.paused_at, deadlines.NEED_INFO_DAYS, actor.config.appeals.close)
        tell(
            actor,
            case,
            event,
            f"您的诉求 {case.number} 需要补充：\n{said}\n请直接回复这条消息，或回复「补充」。"
            f"{when(last.at)}前没有收到的话，诉求会先关闭，之后仍可重新办理。",
        )


def record_answer(actor: ServiceActor, case: Appeal, words: str) -> None:
    """Write down what the appellant answered by phone or in person; the clock goes on."""
    with acting(actor, case, "record_answer"):
        said = written(words, "诉求人补充的内容")
        deadlines.go_on(case, clock.now(), actor.config.appeals.close)
        states.move(actor.db, case, S.SUBMITTED, actor.signature, "supplemented", public_text=said)


def answer_at_once(actor: ServiceActor, case: Appeal, reply: str) -> None:
    """Answer a 咨询 without a unit; the answer is the first contact too."""
    with acting(actor, case, "answer_at_once"):
        if case.type != "咨询":
            raise Refused(f"{case.number} 是{case.type}，不能当即答复；请派单。只有咨询类可以当即答复。")
        said = leak_check.checked(actor.db, case, written(reply, "答复内容"))
        assert case.accepted_at is not None
        case.limit_days = deadlines.handling_days(
            actor.config.appeals, case.type, case.urgency, case.difficulty
        )
        case.due_at = workdays.deadline(case.accepted_at, case.limit_days, actor.config.appeals.close).at
        days = deadlines.contact_days(actor.config.appeals, case.urgency)
        case.contact_due_at = workdays.deadline(case.accepted_at, days, actor.config.appeals.close).at
        case.first_contact_at = case.first_contact_at or clock.now()
        case.result, case.result_class = said, "解释说明"
        resolve(actor, case, said, "answered")


def regrade(actor: ServiceActor, case: Appeal, **fields: Any) -> None:
    """Put the case's particulars right while it is open. Another type, urgency or difficulty moves the limits that
    run, and says so."""
    unknown = fields.keys() - CHOICES.keys() - WRITTEN.keys() - set(FLAGS)
    if unknown:
        raise Refused(f"这些栏目不能修改：{'、'.join(sorted(unknown))}。")
    with acting(actor, case, "regrade", fields=sorted(fields)):
        before = case.type, case.urgency, case.difficulty, case.due_in_force
        _write(case, {name: value for name, value in fields.items() if name not in FLAGS})
        for flag in FLAGS:
            if flag in fields:
                setattr(case, flag, bool(fields[flag]))
        if (case.type, case.urgency, case.difficulty) != before[:3] and case.resolved_at is None:
            _move_limits(actor, case, before[1])
        due = case.due_in_force
        said = f"办理时限调整为{when(due)}" if due is not None and due != before[3] else None
        event = states.record(
            actor.db, case, actor.signature, "regraded", case.state, public_text=said, fields=sorted(fields)
        )
        if said:
            tell(actor, case, event, f"您的诉求 {case.number} {said}。回复「查进度」随时可看。")


def _write(case: Appeal, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        if name in CHOICES:
            choices, what = CHOICES[name]
            empty = not value and name in MAY_BE_EMPTY
            setattr(case, name, None if empty else one_of(value, choices, what))
        else:
            setattr(case, name, _field(name, value))
    if "phone" in fields:
        case.phone_tail = phone_tail(case.phone)


def _field(name: str, value: str | None) -> str | None:
    said = (value or "").strip()
    if name == "uscc" and said:
        code = credit_code.read(said)
        if code is None:
            raise Refused("统一社会信用代码不对：应为 18 位，最后一位是校验码。请对照营业执照重填，或留空。")
        return code
    if name == "title" and not said:
        raise Refused("请填写诉求摘要。")
    if len(said) > WRITTEN[name]:
        raise Refused(f"有一栏超过 {WRITTEN[name]} 个字，请精简后再提交。")
    return said or None


def _move_limits(actor: ServiceActor, case: Appeal, urgency_before: str) -> None:
    moment, running = clock.now(), deadlines.running(case)
    if case.limit_days is not None and case.due_at is not None:
        days = deadlines.handling_days(actor.config.appeals, case.type, case.urgency, case.difficulty)
        for name in ("due_at", "extended_due_at"):
            if name in running:
                moved = deadlines.regraded(
                    running[name], case.limit_days, days, moment, actor.config.appeals.close
                )
                setattr(case, name, moved)
        case.limit_days = days
    if "contact_due_at" in running:
        was, now_days = (
            deadlines.contact_days(actor.config.appeals, urgency)
            for urgency in (urgency_before, case.urgency)
        )
        case.contact_due_at = deadlines.regraded(
            running["contact_due_at"], was, now_days, moment, actor.config.appeals.close
        )
    case.deadline_estimated = deadlines.is_estimated(case)
