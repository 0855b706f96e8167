"""Finding a case that this person may see, and the frame that every act on a case runs in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true
from sqlalchemy.orm import Session

from bot.appeals.access import has, leads, supports
from bot.appeals.acts.act import Act, Side, may
from bot.appeals.states import IllegalMove
from bot.core import audit
from bot.core.refusals import NotFound, Refused, Stale
from bot.runtime.services import ServiceActor
from bot.staff import rights
from bot.staff.rights import Right
from bot.understanding.normalise import case_number
from models.appeal_work import Support
from models.appeals import Appeal, AppealState
from models.staff import Role, Staff

__all__ = ["IllegalMove", "NotFound", "Refused", "ServiceActor", "Stale"]
S = AppealState
UNKNOWN = "没有查到这件诉求。请核对编号，或回到诉求列表里找。"
CHANGED = "这件诉求刚被别人改过，您看到的已不是最新情况。请刷新后再办。"
NEXT_STEP: dict[AppealState, str] = {
    S.SUBMITTED: "请先决定受理、不予受理，或请诉求人补充。",
    S.NEED_INFO: "请等诉求人补充；电话里答复的，请登记补充的内容。",
    S.ACCEPTED: "请先派单；咨询类可以当即答复。",
    S.DISPATCHED: "请承办单位先签收；有异议的请先裁定。",
    S.IN_PROGRESS: "请承办单位办理后反馈结果。",
    S.ON_HOLD: "请先恢复办理。",
    S.PENDING_REVIEW: "请先审核：通过并答复，或退回重办。",
    S.RESOLVED: "请先回访；诉求人不满意的，可以重新办理。",
    S.CLOSED: "已销号的诉求不再修改；需要的话请重新办理。",
    S.DECLINED: "不予受理的诉求不再办理；有新情况请诉求人重新提交。",
    S.MERGED: "请到主诉求上办理；并错了可以撤销并案。",
    S.WITHDRAWN: "诉求人已撤回；需要的话请其重新提交。",
}
# What the audit trail keeps of a change. Never words, names or numbers of people.
AUDITED = (
    "state", "type", "category", "urgency", "difficulty", "confidential", "collective", "street", "chamber", "industry",
    "size", "membership", "decline_code", "unit_id", "acceptance_due_at", "sign_due_at", "contact_due_at",
    "first_contact_at", "limit_days", "due_at", "extended_due_at", "hold_until", "review_due_at", "survey_due_at",
    "result_class", "survey_solved", "survey_score", "merged_into_id", "supervision_level", "reopen_count",
    "returned_count", "share_contact", "anonymous",
)  # fmt: skip


def find(actor: ServiceActor, number: str, *, version: int | None = None, lock: bool = False) -> Appeal:
    """A case by its number in any spelling, if this person may see it. With `version`, only if nobody has changed it
    since. Raises NotFound or Stale."""
    query = select(Appeal).where(Appeal.number == (case_number(number) or number.strip()))
    if lock:
        query = query.with_for_update(of=Appeal, key_share=True).execution_options(populate_existing=True)
    case = actor.db.scalar(query)
    if case is None:
        raise NotFound(UNKNOWN)
    if not may_see(actor.db, case, actor.by):
        raise NotFound(UNKNOWN, appeal_id=case.id)
    if version is not None and case.version != version:
        raise Stale(CHANGED)
    return case


def may_see(db: Session, case: Appeal, by: Staff | None) -> bool:
    """Whether this person may see this case (domain §6): the office all, units their own, a confidential report named
    persons only."""
    if by is None:
        return True
    if not by.active:
        return False
    if by.role is Role.UNIT:
        own = leads(case, by) or (not case.confidential and supports(db, case, by))
        return own and has(by, Right.APPEAL_READ_OWN)
    return has(by, Right.APPEAL_READ) and (not case.confidential or has(by, Right.APPEAL_CONFIDENTIAL))


def visible_to(by: Staff | None) -> ColumnElement[bool]:
    """`may_see` as a condition on `Appeal`, for lists and counts."""
    if by is None:
        return true()
    if by.role is Role.UNIT:
        if by.unit_id is None or not has(by, Right.APPEAL_READ_OWN):
            return false()
        supported = Appeal.id.in_(select(Support.appeal_id).where(Support.unit_id == by.unit_id))
        return or_(Appeal.unit_id == by.unit_id, and_(Appeal.confidential.is_(False), supported))
    if not has(by, Right.APPEAL_READ):
        return false()
    return true() if has(by, Right.APPEAL_CONFIDENTIAL) else Appeal.confidential.is_(False)


@contextmanager
def acting(
    actor: ServiceActor, case: Appeal, act: Act, *, reason: str | None = None, **detail: Any
) -> Iterator[None]:
    """The frame of a verb: the right, the row locked and still as this person saw it, a fitting state; at the end an
    audit row with what changed. Raises Denied, NotFound, Stale, IllegalMove."""
    allow(actor, case, act)
    lock(actor.db, case)
    if case.state not in act.states:
        raise IllegalMove(
            f"{case.number} 现在是「{case.state.label}」，不能{act.label}。{NEXT_STEP[case.state]}"
        )
    before = _audited(case)
    yield
    actor.db.flush()
    after = _audited(case)
    changed = {key: [before[key], after[key]] for key in AUDITED if before[key] != after[key]}
    why = {"reason": reason[:200]} if reason else {}
    audit.record(
        actor.db, actor.by, f"appeal.{act.name}", "appeal", case.id, **({"changed": changed} | why | detail)
    )


def allow(actor: ServiceActor, case: Appeal, act: Act) -> None:
    """Raise unless this person may do this act: NotFound for a case that is not theirs, else Denied."""
    if actor.by is None:
        return
    if not may_see(actor.db, case, actor.by):
        if not has(actor.by, Right.APPEAL_READ) and not has(actor.by, Right.APPEAL_READ_OWN):
            rights.require(actor.by, act.right)
        raise NotFound(UNKNOWN, appeal_id=case.id)
    if may(act, case, actor.by, actor.db):
        return
    rights.require(actor.by, act.right)
    who = "协办单位" if act.side is Side.SUPPORT else "主办单位"
    raise rights.Denied(f"{actor.by.name} 不能{act.label}；请由{who}的同事操作。")


def lock(db: Session, case: Appeal) -> None:
    """Lock the case until the transaction ends. Raises Stale when somebody changed it since it was read."""
    seen = case.version
    query = select(Appeal).where(Appeal.id == case.id).with_for_update(of=Appeal, key_share=True)
    db.scalars(query.execution_options(populate_existing=True)).one()
    if case.version != seen:
        raise Stale(CHANGED)


def locked_cases(db: Session, query: Select[Appeal]) -> list[Appeal]:
    """The cases that a job works on, locked before it writes anything; one that another transaction has locked waits
    for the next run. The audit trail comes last in every transaction, so who waits for a case has locked nothing of it."""
    locked = query.order_by(Appeal.id).with_for_update(of=Appeal, key_share=True, skip_locked=True)
    return list(db.scalars(locked.execution_options(populate_existing=True)))


def _audited(case: Appeal) -> dict[str, Any]:
    return {name: _plain(getattr(case, name)) for name in AUDITED}


def _plain(value: object) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value
