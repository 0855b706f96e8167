"""Dates that were estimated (暂估) are put right once the year's calendar is there (domain §3.2)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from bot.appeals import deadlines, states
from bot.appeals.actor import locked_cases
from bot.appeals.messages import tell
from bot.appeals.wording import when
from bot.runtime.services import ServiceActor
from models.appeals import Appeal


def recalculate(actor: ServiceActor, moment: datetime) -> None:
    """Put the estimated dates of all open cases right, and tell who hears of another limit."""
    query = select(Appeal).where(Appeal.deadline_estimated, Appeal.state.in_(states.OPEN))
    for case in locked_cases(actor.db, query):
        before = case.due_in_force
        changed = _announced(actor, case)
        if changed or deadlines.is_estimated(case) != case.deadline_estimated:
            case.deadline_estimated = deadlines.is_estimated(case)
            _record(actor, case, before, changed)


def _announced(actor: ServiceActor, case: Appeal) -> dict[str, list[str]]:
    """Move the limits that the calendar moves; for each its old and its new date."""
    changed = {}
    for name, due in deadlines.running(case).items():
        new = deadlines.announced(case, name, due, actor.config.appeals.close)
        if new != due:
            changed[name] = [due.isoformat(), new.isoformat()]
            setattr(case, name, new)
    return changed


def _record(
    actor: ServiceActor, case: Appeal, before: datetime | None, changed: dict[str, list[str]]
) -> None:
    due = case.due_in_force
    said = f"放假安排公布后，办理时限由暂估改为{when(due)}" if due and due != before else None
    event = states.record(
        actor.db, case, actor.signature, "recalculated", case.state, public_text=said, changed=changed
    )
    if said:
        tell(actor, case, event, f"您的诉求 {case.number}：{said}。回复「查进度」随时可看。")
