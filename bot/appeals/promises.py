"""What the appellant is told of a case: the step it is in, the date that was promised, what they can do next."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from bot.appeals import by_appellant, states
from bot.appeals.wording import when
from models.appeals import Appeal, AppealState

S = AppealState
STAGES = ("提交", "受理", "派单", "办理", "答复", "评价")
_PLACE = {
    S.SUBMITTED: 1, S.NEED_INFO: 1, S.ACCEPTED: 2, S.DISPATCHED: 2, S.IN_PROGRESS: 3, S.ON_HOLD: 3,
    S.PENDING_REVIEW: 3, S.RESOLVED: 5, S.CLOSED: 6,
}  # fmt: skip
# What the office's words for a state mean to the person who waits.
_PLAIN = {
    S.SUBMITTED: "等待受理", S.NEED_INFO: "等您补充", S.ACCEPTED: "已受理，正在安排承办单位",
    S.DISPATCHED: "已转承办单位，等待签收", S.IN_PROGRESS: "正在办理", S.ON_HOLD: "暂时办不了，先挂账",
    S.PENDING_REVIEW: "承办单位已反馈，正在审核", S.RESOLVED: "已答复，请您评价", S.CLOSED: "已办结",
    S.DECLINED: "不予受理", S.MERGED: "已并入另一件诉求一起办理", S.WITHDRAWN: "已撤回",
}  # fmt: skip


@dataclass(frozen=True)
class Stage:
    """One stage of a case's way; `state` is done, now or later."""

    name: str
    state: str


def stages(case: Appeal) -> list[Stage]:
    """The way from filing to rating, and how far the case has come; nothing for a case that left the way."""
    place = _PLACE.get(case.state)
    if place is None or (case.state is S.CLOSED and case.resolved_at is None):
        return []
    return [
        Stage(name, "done" if at < place else "now" if at == place else "later")
        for at, name in enumerate(STAGES)
    ]


def plain_state(case: Appeal) -> str:
    """Where the case stands, in everyday words."""
    if case.state is S.CLOSED and case.resolved_at is None:
        return "没有等到补充，已结束"
    return _PLAIN[case.state]


def promise(case: Appeal) -> str:
    """The date that was promised for the present step, in a sentence; "" when no clock runs."""
    if case.state is S.SUBMITTED:
        return f"{when(case.acceptance_due_at)}{_estimated(case)}前告知是否受理"
    if case.state is S.ON_HOLD and case.hold_until is not None:
        return f"{case.hold_until:%Y年%m月%d日}前再次研究"
    due = case.due_in_force
    if case.state not in (S.DISPATCHED, S.IN_PROGRESS, S.PENDING_REVIEW) or due is None:
        return ""
    extended = f"（已延期，原定{when(case.due_at)}）" if case.extended_due_at and case.due_at else ""
    return f"{when(due)}{_estimated(case)}前办结{extended}"


def next_step(db: Session, case: Appeal) -> str:
    """What the appellant can send in the chat now."""
    if case.state is S.NEED_INFO:
        return "请回复「补充」，把要补充的内容发来；5个工作日内没有补充，这件会自动结束。"
    said = []
    if by_appellant.may_answer(db, case):
        said.append(f"回复「回访 {case.number}」{'改评价' if case.survey_at else '评价'}")
    if by_appellant.may_reopen(case) and case.resolved_at is not None:
        said.append(f"不满意可回复「重新办理 {case.number}」")
    if case.state in states.OPEN:
        said.append("回复「补充」加内容")
    if by_appellant.may_withdraw(case):
        said.append("回复「撤回」撤销")
    return "，".join(said) + "。" if said else "有新的情况请回复 6 提新的诉求。"


def _estimated(case: Appeal) -> str:
    return "（暂估）" if case.deadline_estimated else ""
