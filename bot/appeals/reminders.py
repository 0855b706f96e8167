"""Reminders of a question and of the survey, and what happens when nobody answers (domain §2.3). Each run works on the
cases that it could lock; the rest is for the next run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from sqlalchemy import and_, or_, select

from bot.appeals import deadlines, rounds, states
from bot.appeals.actor import locked_cases
from bot.appeals.acts.reopening import REOPEN_DAYS
from bot.appeals.messages import tell
from bot.appeals.wording import day, when
from bot.core import clock, workdays
from bot.runtime.services import ServiceActor
from models.appeals import Appeal, AppealEvent, AppealState

S = AppealState
Action = Callable[[ServiceActor, Appeal, datetime], None]
AT_ONCE = 200  # cases of one run: a transaction stays short
LATE_REMINDER_DAYS = 2  # a late reminder still leaves these


def remind_of_questions(actor: ServiceActor, moment: datetime) -> None:
    """Remind once, on the third working day, in working hours; close two working days later."""
    waiting = actor.db.scalars(select(Appeal).where(Appeal.state == S.NEED_INFO)).all()
    due = [case.id for case in waiting if _action_due(actor, case, moment) is not None][:AT_ONCE]
    if not due:
        return
    for case in locked_cases(actor.db, select(Appeal).where(Appeal.id.in_(due), Appeal.state == S.NEED_INFO)):
        action = _action_due(actor, case, moment)
        if action is not None:
            action(actor, case, moment)


def _action_due(actor: ServiceActor, case: Appeal, moment: datetime) -> Action | None:
    asked = _asked_at(actor, case)
    reminded = _reminded_at(actor, case, asked)
    if reminded is not None:
        return _close_unanswered if moment >= closes_at(actor, reminded) else None
    third = clock.local(moment).date() >= _third_day(asked)
    return _remind if third and deadlines.in_hours(actor.config.appeals, moment) else None


def closes_at(actor: ServiceActor, reminded: datetime) -> datetime:
    """When a question without an answer closes the case: two working days after the reminder."""
    rest = deadlines.NEED_INFO_DAYS - deadlines.NEED_INFO_REMINDER_DAY
    return workdays.deadline(reminded, rest, actor.config.appeals.close).at


def remind_of_surveys(actor: ServiceActor, moment: datetime) -> None:
    """Remind once, when half of the time is over, in working hours; close when the time is over."""
    half = timedelta(days=actor.config.appeals.survey_days / 2)
    silent = or_(Appeal.survey_at.is_(None), Appeal.survey_at < Appeal.resolved_at)
    unreminded = and_(Appeal.survey_reminded_at.is_(None), silent, Appeal.survey_due_at <= moment + half)
    query = select(Appeal).where(Appeal.state == S.RESOLVED, or_(unreminded, Appeal.survey_due_at <= moment))
    for case in locked_cases(actor.db, query.limit(AT_ONCE)):
        answered = rounds.is_answered(case)
        if case.survey_reminded_at is None and not answered:
            if deadlines.in_hours(actor.config.appeals, moment):
                _remind_of_survey(actor, case, moment)
        elif case.survey_due_at is not None and case.survey_due_at <= moment:
            case.closed_at = moment
            said = "已销号" if answered else "回访期满，已销号"
            states.move(
                actor.db, case, S.CLOSED, actor.signature, "closed", public_text=said, lapsed=not answered
            )


def _remind(actor: ServiceActor, case: Appeal, moment: datetime) -> None:
    event = states.record(actor.db, case, actor.signature, "reminded", case.state)
    last = when(closes_at(actor, moment))
    tell(
        actor,
        case,
        event,
        f"您的诉求 {case.number} 还在等您补充内容。请直接回复，或回复「补充」；{last}前没有收到会先关闭。",
    )


def _close_unanswered(actor: ServiceActor, case: Appeal, moment: datetime) -> None:
    case.closed_at = moment
    said = "没有收到补充的内容，已关闭"
    event = states.move(actor.db, case, S.CLOSED, actor.signature, "lapsed", public_text=said)
    last = workdays.next_workday(clock.local(moment).date() + timedelta(days=REOPEN_DAYS))
    tell(
        actor,
        case,
        event,
        f"您的诉求 {case.number} {said}。{day(last)}前可以要求重新办理，之后请回复 6 重新提交。",
    )


def _remind_of_survey(actor: ServiceActor, case: Appeal, moment: datetime) -> None:
    case.survey_reminded_at = moment
    least = deadlines.plain_days(moment, LATE_REMINDER_DAYS, actor.config.appeals.close).at
    case.survey_due_at = max(case.survey_due_at or least, least)
    event = states.record(actor.db, case, actor.signature, "survey_reminded", case.state)
    tell(actor, case, event, f"您的诉求 {case.number} 已办结，想听听您的评价。", with_survey=True)


def _third_day(asked: datetime) -> date:
    return workdays.after_workdays(clock.local(asked).date(), deadlines.NEED_INFO_REMINDER_DAY)


def _asked_at(actor: ServiceActor, case: Appeal) -> datetime:
    """When the case last came to wait for the appellant."""
    came = (AppealEvent.to_state == S.NEED_INFO, AppealEvent.from_state != S.NEED_INFO)
    query = select(AppealEvent.at).where(AppealEvent.appeal_id == case.id, *came)
    found = actor.db.scalar(query.order_by(AppealEvent.id.desc()).limit(1))
    return found or case.paused_at or case.received_at


def _reminded_at(actor: ServiceActor, case: Appeal, since: datetime) -> datetime | None:
    query = select(AppealEvent.at).where(AppealEvent.appeal_id == case.id, AppealEvent.action == "reminded")
    return actor.db.scalar(query.where(AppealEvent.at >= since).order_by(AppealEvent.id.desc()).limit(1))
