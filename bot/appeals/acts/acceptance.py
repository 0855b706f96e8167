"""A new case: the office takes it on, or asks the appellant first (domain §2.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Unpack

from bot.appeals import deadlines, leak_check, states
from bot.appeals.actor import acting
from bot.appeals.acts.act import Act, ActForm, Tone
from bot.appeals.acts.particulars import Company, company_fields, flag_fields, grade_fields, write
from bot.appeals.fields import Field, Given, area
from bot.appeals.messages import tell
from bot.appeals.wording import when, written
from bot.core import clock, workdays
from bot.runtime.services import ServiceActor
from bot.staff import inbox
from bot.staff.rights import Right
from models.appeals import Appeal, AppealState
from models.staff import Role

S = AppealState


def accept(
    actor: ServiceActor,
    case: Appeal,
    *,
    type: str,
    category: str,
    urgency: str = "一般",
    difficulty: str = "一般",
    confidential: bool = False,
    collective: bool = False,
    **company: Unpack[Company],
) -> None:
    """Take the case on. A report (举报) is confidential; a case that is confidential already stays so."""
    grades = {"type": type, "category": category, "urgency": urgency, "difficulty": difficulty}
    with acting(actor, case, ACCEPT):
        write(case, grades | {name: value for name, value in company.items() if value})
        case.confidential = case.confidential or confidential or type == "举报"
        case.collective = case.collective or collective
        sign_due = _promise(actor, case)
        said = "诉求已受理，等待派给承办单位"
        event = states.move(
            actor.db, case, S.ACCEPTED, actor.signature, "accepted", public_text=said, **grades
        )
        told = f"您的诉求 {case.number} 已受理（{case.type}，{case.category}）。"
        promise = "我们会尽快派给承办单位，派出后告诉您办理时限。回复「查进度」随时可看。"
        tell(actor, case, event, told + promise)
        asked = f"{case.number} 已受理，请在{when(sign_due)}前派单。"
        inbox.tell_role(actor.db, Role.DISPATCHER, "accepted", asked, case)


def _promise(actor: ServiceActor, case: Appeal) -> datetime:
    """The limit for the dispatch, stored as promised."""
    rules = actor.config.appeals
    case.accepted_at = clock.now()
    case.sign_due_at = workdays.deadline(case.accepted_at, rules.signing_days, rules.close).at
    case.deadline_estimated = deadlines.is_estimated(case)
    return case.sign_due_at


def _accept_fields(actor: ServiceActor, case: Appeal) -> Sequence[Field]:
    return [*grade_fields(case), *company_fields(case), *flag_fields(case)]


def _accept(actor: ServiceActor, case: Appeal, given: Given) -> None:
    accept(
        actor,
        case,
        type=given.text("type"),
        category=given.text("category"),
        urgency=given.text("urgency"),
        difficulty=given.text("difficulty"),
        confidential=given.flag("confidential"),
        collective=given.flag("collective"),
        street=given.some("street"),
        chamber=given.some("chamber"),
        industry=given.some("industry"),
        size=given.some("size"),
        membership=given.some("membership"),
        uscc=given.some("uscc"),
    )


ACCEPT = Act(
    name="accept",
    label="受理",
    order=10,
    right=Right.APPEAL_ACCEPT,
    states=frozenset({S.SUBMITTED}),
    primary_in=frozenset({S.SUBMITTED}),
    form=ActForm(
        tone=Tone.STEP,
        lead="受理后进入待派单，并告诉诉求人。请先核对类型和类别。",
        button="受理",
        done="已受理，请派单。",
        fields=_accept_fields,
    ),
    run=_accept,
    events={"accepted": "受理"},
)


def ask(actor: ServiceActor, case: Appeal, question: str) -> None:
    """Ask the appellant; the clock stands until the answer."""
    with acting(actor, case, ASK):
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


ASK = Act(
    name="ask",
    label="请诉求人补充",
    order=30,
    right=Right.APPEAL_ACCEPT,
    states=frozenset({S.SUBMITTED}),
    form=ActForm(
        tone=Tone.PUBLIC,
        lead="问题会发给诉求人；收到补充之前暂停计时。",
        button="发给诉求人",
        done="问题已发给诉求人，等待补充。",
        fields=[area("question", "请诉求人补充什么", "会原样发给诉求人。")],
        purpose="补充",
        box="question",
    ),
    run=lambda actor, case, given: ask(actor, case, given.text("question")),
    events={"asked": "请诉求人补充"},
)


def record_answer(actor: ServiceActor, case: Appeal, words: str) -> None:
    """Write down what the appellant answered by phone or in person; the clock goes on."""
    with acting(actor, case, RECORD_ANSWER):
        said = written(words, "诉求人补充的内容")
        deadlines.go_on(case, clock.now(), actor.config.appeals.close)
        states.move(actor.db, case, S.SUBMITTED, actor.signature, "supplemented", public_text=said)


RECORD_ANSWER = Act(
    name="record_answer",
    label="登记补充的内容",
    order=40,
    right=Right.APPEAL_ACCEPT,
    states=frozenset({S.NEED_INFO}),
    form=ActForm(
        tone=Tone.STEP,
        lead="把诉求人在电话里或当面补充的内容记下来，恢复计时。",
        button="登记",
        done="已登记补充内容，请继续受理。",
        fields=[area("words", "诉求人补充的内容", "用诉求人自己的话。")],
    ),
    run=lambda actor, case, given: record_answer(actor, case, given.text("words")),
)
