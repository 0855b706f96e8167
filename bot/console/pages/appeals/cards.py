"""Appeals on the dashboard: what waits at each step, with the way to its list."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from bot.appeals.access import has
from bot.console.cards import Card, card
from bot.console.pages.appeals import selection
from bot.core import clock
from bot.staff.rights import Right
from models.appeals import Appeal, AppealState
from models.staff import Role, Staff

S = AppealState
LIST = "/console/appeals?tab=all"
READERS = frozenset({Right.APPEAL_READ, Right.APPEAL_READ_OWN})
STEPS: tuple[tuple[AppealState, str, Right], ...] = (
    (S.SUBMITTED, "待受理", Right.APPEAL_ACCEPT),
    (S.ACCEPTED, "待派单", Right.APPEAL_DISPATCH),
    (S.DISPATCHED, "待签收", Right.APPEAL_HANDLE),
    (S.PENDING_REVIEW, "待审核", Right.APPEAL_REVIEW),
    (S.RESOLVED, "待回访", Right.APPEAL_CLOSE),
)
WAITING: tuple[tuple[str, str, Right], ...] = (
    ("contest", "退单待定", Right.APPEAL_DISPATCH),
    ("extension", "延期待批", Right.APPEAL_REVIEW),
    ("unhappy", "回访不满意", Right.APPEAL_CLOSE),
)


@card(READERS, 10)
def step_cards(db: Session, by: Staff) -> list[Card]:
    """One card for each step that this colleague takes."""
    query = (
        select(Appeal.state, func.count().label("number")).where(selection.seen_by(by)).group_by(Appeal.state)
    )
    wanted = [step for step in STEPS if has(by, step[2])]
    if not wanted:
        return []
    found = db.execute(query.where(Appeal.state.in_([state for state, _, _ in wanted])))
    counts = {row.state: int(row.number) for row in found}
    return [
        Card(title, counts.get(state, 0), f"{LIST}&state={state.value}", tone="warn")
        for state, title, _ in wanted
    ]


@card(READERS, 20)
def light_cards(db: Session, by: Staff) -> list[Card]:
    """What is late, and what soon will be."""
    moment = clock.now()
    red, yellow = selection.lit("red", moment), selection.lit("yellow", moment)
    return [
        Card("超期", _count(db, by, red), f"{LIST}&light=red", "红灯", "bad"),
        Card("预警", _count(db, by, yellow), f"{LIST}&light=yellow", "黄灯", "warn"),
    ]


@card(READERS, 30)
def decision_cards(db: Session, by: Staff) -> list[Card]:
    """What a unit asked for and nobody has decided, and appellants who are not content."""
    return [
        Card(title, _count(db, by, selection.waiting(key)), f"{LIST}&waits={key}", tone="warn")
        for key, title, right in WAITING
        if has(by, right)
    ]


@card(Right.APPEAL_READ_OWN, 40)
def support_card(db: Session, by: Staff) -> Card:
    """A unit's part in the cases of others."""
    asked = selection.waiting("support", by)
    return Card("协办待反馈", _count(db, by, asked), f"{LIST}&waits=support", tone="warn")


@card(Right.APPEAL_READ, 50)
def hold_card(db: Session, by: Staff) -> Card | None:
    """Cases on hold, for those who may decide it."""
    if by.role is not Role.LEADER:
        return None
    return Card("挂账", _count(db, by, Appeal.state == S.ON_HOLD), f"{LIST}&state=on_hold")


def _count(db: Session, by: Staff, condition: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(Appeal).where(selection.seen_by(by), condition)
    return db.scalar(query) or 0
