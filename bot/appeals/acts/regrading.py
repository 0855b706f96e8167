"""Putting a case's particulars right while it is open, and the limits that follow from them (domain §3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.appeals import deadlines, states
from bot.appeals.actor import acting
from bot.appeals.acts.act import Act, ActForm, Place, Tone
from bot.appeals.acts.particulars import (
    CHOICES,
    FLAGS,
    WRITTEN,
    company_fields,
    flag_fields,
    grade_fields,
    write,
)
from bot.appeals.fields import Field, Given
from bot.appeals.messages import tell
from bot.appeals.wording import when
from bot.core import clock
from bot.core.refusals import Refused
from bot.runtime.services import ServiceActor
from bot.staff.rights import Right
from models.appeals import Appeal


def regrade(actor: ServiceActor, case: Appeal, **fields: Any) -> None:
    """Put the case's particulars right while it is open. Another type, urgency or difficulty moves the limits that
    run, and says so."""
    unknown = fields.keys() - CHOICES.keys() - WRITTEN.keys() - set(FLAGS)
    if unknown:
        raise Refused(f"这些栏目不能修改：{'、'.join(sorted(unknown))}。")
    with acting(actor, case, REGRADE, fields=sorted(fields)):
        before = case.type, case.urgency, case.difficulty, case.due_in_force
        write(case, {name: value for name, value in fields.items() if name not in FLAGS})
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


def _fields(actor: ServiceActor, case: Appeal) -> Sequence[Field]:
    opinion = "报送编号或链接，可留空。"
    return [
        Field("title", "诉求摘要", needed=True, most=64, value=case.title),
        *grade_fields(case),
        Field("company", "企业名称", most=128, value=case.company or ""),
        *company_fields(case),
        Field("visit_ref", "走访或会议", most=64, value=case.visit_ref or ""),
        Field("opinion_ref", "转社情民意", hint=opinion, most=64, value=case.opinion_ref or ""),
        *flag_fields(case),
    ]


def _regrade(actor: ServiceActor, case: Appeal, given: Given) -> None:
    """Only what was changed, so that the history says no more than happened."""
    changed: dict[str, object] = {}
    for field in _fields(actor, case):
        if field.kind == "flag":
            if given.flag(field.name) != bool(field.value):
                changed[field.name] = given.flag(field.name)
        elif given.text(field.name) != field.value:
            changed[field.name] = given.some(field.name)
    if not changed:
        raise Refused("没有改动任何一栏。请改动后再保存，或直接返回。")
    regrade(actor, case, **changed)


REGRADE = Act(
    name="regrade",
    label="修改登记信息",
    order=310,
    right=Right.APPEAL_ACCEPT,
    states=states.OPEN,
    form=ActForm(
        tone=Tone.STEP,
        lead="只改登记栏目，诉求人的原话不能改。类型、紧急或复杂程度变了，时限会重算并告诉诉求人。",
        button="保存",
        done="已保存。",
        fields=_fields,
    ),
    run=_regrade,
    place=Place.RARE,
    events={"regraded": "修改登记信息"},
)
