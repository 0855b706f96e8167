"""What can be done with a case, as data: who may, in which states, from which side (domain §2.3, §6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.appeals.states import OPEN
from bot.core import clock, workdays
from bot.staff.rights import RIGHTS, Right
from models.appeal_work import Dispatch, Extension, Supervision, Support
from models.appeals import Appeal, AppealState
from models.staff import Role, Staff

S = AppealState
OFFICE, UNIT, SUPPORT = "office", "unit", "support"
REOPEN_DAYS = 15
WITH_UNIT = frozenset({S.DISPATCHED, S.IN_PROGRESS, S.ON_HOLD, S.PENDING_REVIEW})


@dataclass(frozen=True)
class Act:
    """One verb. `side` office: colleagues with the right. unit: also the lead unit's people. support: also a
    supporting unit's. `dangerous` asks twice. `form` names the page's form."""

    name: str
    label: str
    right: Right
    states: frozenset[AppealState]
    side: str = OFFICE
    dangerous: bool = False

    @property
    def form(self) -> str:
        """The name of the form, the same as the verb's."""
        return self.name


def _states(*states: AppealState) -> frozenset[AppealState]:
    return frozenset(states)


_ALL = (
    Act("accept", "受理", Right.APPEAL_ACCEPT, _states(S.SUBMITTED)),
    Act("decline", "不予受理", Right.APPEAL_ACCEPT, _states(S.SUBMITTED), dangerous=True),
    Act("ask", "请诉求人补充", Right.APPEAL_ACCEPT, _states(S.SUBMITTED)),
    Act("record_answer", "登记补充的内容", Right.APPEAL_ACCEPT, _states(S.NEED_INFO)),
    Act("answer_at_once", "当即答复", Right.APPEAL_ACCEPT, _states(S.ACCEPTED)),
    Act("dispatch", "派单", Right.APPEAL_DISPATCH, _states(S.ACCEPTED)),
    Act("contest", "提出派单异议", Right.APPEAL_HANDLE, _states(S.DISPATCHED), UNIT),
    Act("decide_contest", "裁定异议", Right.APPEAL_DISPATCH, _states(S.DISPATCHED)),
    Act("sign", "签收", Right.APPEAL_HANDLE, _states(S.DISPATCHED), UNIT),
    Act("log_contact", "登记联系", Right.APPEAL_HANDLE, _states(S.IN_PROGRESS), UNIT),
    Act("progress", "登记进展", Right.APPEAL_HANDLE, _states(S.IN_PROGRESS), UNIT),
    Act("add_support", "请协办单位", Right.APPEAL_DISPATCH, _states(S.DISPATCHED, S.IN_PROGRESS), UNIT),
    Act("report_support", "反馈协办情况", Right.APPEAL_HANDLE, WITH_UNIT, SUPPORT),
    Act("ask_extension", "申请延期", Right.APPEAL_HANDLE, _states(S.IN_PROGRESS), UNIT),
    Act("decide_extension", "批复延期", Right.APPEAL_REVIEW, _states(S.IN_PROGRESS)),
    Act("hold", "挂账", Right.APPEAL_HOLD, _states(S.IN_PROGRESS)),
    Act("resume", "恢复办理", Right.APPEAL_ACCEPT, _states(S.ON_HOLD)),
    Act("hand_in", "反馈办理结果", Right.APPEAL_HANDLE, _states(S.IN_PROGRESS), UNIT),
    Act("approve", "审核通过并答复", Right.APPEAL_REVIEW, _states(S.PENDING_REVIEW)),
    Act("send_back", "退回重办", Right.APPEAL_REVIEW, _states(S.PENDING_REVIEW), dangerous=True),
    Act("record_survey", "登记回访", Right.APPEAL_CLOSE, _states(S.RESOLVED, S.CLOSED, S.MERGED)),
    Act("close", "销号", Right.APPEAL_CLOSE, _states(S.RESOLVED)),
    Act("reopen", "重新办理", Right.APPEAL_CLOSE, _states(S.RESOLVED, S.CLOSED)),
    Act("undo_close", "撤销销号", Right.APPEAL_CLOSE, _states(S.CLOSED), dangerous=True),
    Act("merge", "并案", Right.APPEAL_MERGE, OPEN, dangerous=True),
    Act("undo_merge", "撤销并案", Right.APPEAL_MERGE, _states(S.MERGED), dangerous=True),
    Act("supervise", "督办", Right.APPEAL_SUPERVISE, WITH_UNIT),
    Act("answer_supervision", "回复督办", Right.APPEAL_HANDLE, WITH_UNIT, UNIT),
    Act("reply", "答复诉求人", Right.APPEAL_ACCEPT, OPEN),
    Act("note", "内部备注", Right.APPEAL_READ, OPEN, UNIT),
    Act("regrade", "修改登记信息", Right.APPEAL_ACCEPT, OPEN),
)
ACTS: dict[str, Act] = {act.name: act for act in _ALL}


def has(by: Staff | None, right: Right) -> bool:
    """Whether this person may; the system may everything."""
    return by is None or (by.active and right in RIGHTS[by.role])


def leads(case: Appeal, by: Staff) -> bool:
    """Whether this person belongs to the case's lead unit."""
    return by.role is Role.UNIT and by.unit_id is not None and by.unit_id == case.unit_id


def supports(db: Session, case: Appeal, by: Staff) -> bool:
    """Whether this person belongs to one of the case's supporting units."""
    if by.role is not Role.UNIT or by.unit_id is None:
        return False
    query = select(Support.id).where(Support.appeal_id == case.id, Support.unit_id == by.unit_id)
    return db.scalar(query) is not None


def may(act: Act, case: Appeal, by: Staff | None, db: Session | None) -> bool:
    """Whether this person may do this act with this case in a fitting state. A confidential one is for named persons
    and the lead unit."""
    if by is None or by.role is not Role.UNIT:
        return has(by, act.right) and (not case.confidential or has(by, Right.APPEAL_CONFIDENTIAL))
    if not has(by, Right.APPEAL_HANDLE):
        return False
    if act.side == SUPPORT:
        return not case.confidential and (db is None or supports(db, case, by))
    return act.side == UNIT and leads(case, by)


def possible(case: Appeal, by: Staff | None, *, db: Session | None = None) -> list[Act]:
    """What this person can do with the case now, in the order of the table. Without `db` acts that depend on other
    rows (an open contest, a wish for more time) are offered and may be refused."""
    found = [act for act in _ALL if case.state in act.states and may(act, case, by, db)]
    return [
        act
        for act in found
        if FITS.get(act.name, _always)(case)
        and (db is None or act.name not in ROWS or ROWS[act.name](db, case))
    ]


def may_be_reopened(case: Appeal) -> bool:
    """Whether the case was closed at most 15 days ago; a limit in days that ends on a rest day runs on (§3.2)."""
    if case.closed_at is None:
        return True
    last = workdays.next_workday(clock.local(case.closed_at).date() + timedelta(days=REOPEN_DAYS))
    return clock.today() <= last


def open_dispatch(db: Session, case: Appeal) -> Dispatch | None:
    """The dispatch in force."""
    return db.scalar(select(Dispatch).where(Dispatch.appeal_id == case.id, Dispatch.ended_at.is_(None)))


def open_extension(db: Session, case: Appeal) -> Extension | None:
    """A wish for more time that nobody has decided."""
    return db.scalar(select(Extension).where(Extension.appeal_id == case.id, Extension.decided_at.is_(None)))


def is_contested(db: Session, case: Appeal) -> bool:
    """Whether the unit contests the dispatch and nobody has decided."""
    row = open_dispatch(db, case)
    return row is not None and row.contested_at is not None and row.decided_at is None


def _may_contest(db: Session, case: Appeal) -> bool:
    row = open_dispatch(db, case)
    return row is not None and row.contested_at is None


def surveyed(db: Session, case: Appeal) -> Appeal:
    """The case whose answer the survey is about: of a merged one, the master."""
    return case if case.merged_into_id is None else db.get_one(Appeal, case.merged_into_id)


def _is_resolved(db: Session, case: Appeal) -> bool:
    asked = surveyed(db, case)
    return asked.resolved_at is not None and asked.state in (S.RESOLVED, S.CLOSED) and may_be_reopened(asked)


def _has_support(db: Session, case: Appeal) -> bool:
    query = select(Support.id).where(Support.appeal_id == case.id, Support.reported_at.is_(None))
    return db.scalar(query.limit(1)) is not None


def _has_supervision(db: Session, case: Appeal) -> bool:
    asked = Supervision.level.in_(("one", "two", "three"))
    query = select(Supervision.id).where(Supervision.appeal_id == case.id, asked)
    return db.scalar(query.where(Supervision.answered_at.is_(None)).limit(1)) is not None


def _always(case: Appeal) -> bool:
    return True


FITS: dict[str, Callable[[Appeal], bool]] = {
    "answer_at_once": lambda case: case.type == "咨询",
    "contest": lambda case: case.sign_due_at is not None and clock.now() <= case.sign_due_at,
    "ask_extension": lambda case: case.extended_due_at is None,
    "reopen": may_be_reopened,
}
ROWS: dict[str, Callable[[Session, Appeal], bool]] = {
    "contest": _may_contest,
    "decide_contest": is_contested,
    "sign": lambda db, case: not is_contested(db, case),
    "ask_extension": lambda db, case: open_extension(db, case) is None,
    "decide_extension": lambda db, case: open_extension(db, case) is not None,
    "report_support": _has_support,
    "record_survey": _is_resolved,
    "answer_supervision": _has_supervision,
}
