"""重办: the same unit takes the case up again, with a new limit (domain §2.3)."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from bot.appeals import deadlines, states
from bot.appeals.wording import when
from bot.core import clock, workdays
from bot.core.settings import AppealsSettings
from bot.staff import inbox
from models.appeals import Appeal, AppealEvent, AppealState
from models.staff import Role

S = AppealState
REOPEN_DAYS = 15


def may_be_reopened(case: Appeal) -> bool:
    """Whether the case was closed at most 15 days ago; a limit in days that ends on a rest day runs on (§3.2)."""
    if case.closed_at is None:
        return True
    last = workdays.next_workday(clock.local(case.closed_at).date() + timedelta(days=REOPEN_DAYS))
    return clock.today() <= last


def start_again(db: Session, rules: AppealsSettings, case: Appeal, actor: str, reason: str) -> AppealEvent:
    """Open a resolved or closed case again. Without a unit it goes back to the step that it was closed in."""
    close = (rules.close_of_business.hour, rules.close_of_business.minute)
    case.reopen_count += 1
    case.resolved_at = case.closed_at = case.handed_in_at = case.review_due_at = None
    case.survey_due_at = case.survey_reminded_at = case.extended_due_at = None
    to = _step(case)
    _promise(rules, case, to, close)
    due = f"，办理时限{when(case.due_at)}" if to is S.IN_PROGRESS and case.due_at else ""
    said = f"重新办理{due}"
    event = states.move(
        db, case, to, actor, "reopened", public_text=said, words=reason, count=case.reopen_count
    )
    inbox.tell_unit(db, case, "reopened", f"{case.number} {said}，请看原因后联系诉求人。")
    role = {S.ACCEPTED: Role.DISPATCHER, S.SUBMITTED: Role.CLERK}.get(to)
    if role is not None:
        inbox.tell_role(db, role, "reopened", f"{case.number} 重新办理，请处理。", case)
    return event


def _step(case: Appeal) -> AppealState:
    if case.unit_id is not None:
        return S.IN_PROGRESS
    return S.ACCEPTED if case.accepted_at is not None else S.SUBMITTED


def _promise(rules: AppealsSettings, case: Appeal, to: AppealState, close: deadlines.Close) -> None:
    moment = clock.now()
    if to is S.IN_PROGRESS:
        case.limit_days = deadlines.handling_days(rules, case.type, case.urgency, case.difficulty)
        case.due_at = workdays.deadline(moment, case.limit_days, close).at
    elif to is S.ACCEPTED:
        case.due_at = case.limit_days = None  # promised anew when there is a unit
        case.sign_due_at = workdays.deadline(moment, rules.signing_days, close).at
    elif case.paused_at is not None:
        deadlines.go_on(case, moment, close)
    case.deadline_estimated = deadlines.is_estimated(case)
