"""Promised dates: how long each step may take, and what a pause does to them (domain §3.1, §3.2). No database.

A case's dates are stored when they are promised; here they are computed, shifted by a pause, and counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.core import clock, workdays
from bot.core.settings import AppealsSettings
from bot.core.workdays import Deadline
from models.appeals import Appeal

Close = tuple[int, int]
NEED_INFO_DAYS, NEED_INFO_REMINDER_DAY = 5, 3  # domain §2.3
HOLD_MOST_DAYS = 90


def handling_days(rules: AppealsSettings, type: str, urgency: str, difficulty: str) -> int:
    """Working days for handling."""
    if urgency == "紧急":
        return rules.urgent_days
    if type == "咨询":
        return rules.consult_days
    return rules.complex_days if difficulty == "复杂" else rules.ordinary_days


def contact_days(rules: AppealsSettings, urgency: str) -> int:
    """Working days until the first real contact."""
    return rules.contact_urgent_days if urgency == "紧急" else rules.contact_days


def later(day: date, count: int) -> date:
    """The working day `count` working days after `day`, or before it when negative."""
    if count >= 0:
        return workdays.after_workdays(day, count)
    for _ in range(-count):
        day -= timedelta(days=1)
        while not workdays.is_workday(day):
            day -= timedelta(days=1)
    return day


def days_left(due: datetime, moment: datetime) -> int:
    """Working days left after today, the due day with them."""
    return workdays.between(clock.local(moment).date(), clock.local(due).date())


def days_late(due: datetime, moment: datetime, close: Close) -> int:
    """Full working days since a limit ended: the n-th is full at its close of business."""
    start, today = clock.local(due).date(), clock.local(moment).date()
    count = workdays.between(start, today)
    if count and workdays.is_workday(today) and moment < clock.at(today, *close):
        count -= 1
    return count


def is_estimated(case: Appeal) -> bool:
    """Whether one of the dates that still run lies in a year without an official calendar."""
    return any(workdays.is_estimated(clock.local(due).date()) for due in running(case).values())


def running(case: Appeal) -> dict[str, datetime]:
    """The limits that have not been met yet, by column."""
    met = {
        "acceptance_due_at": case.accepted_at,
        "sign_due_at": case.signed_at,
        "contact_due_at": case.first_contact_at,
        "due_at": case.resolved_at,
        "extended_due_at": case.resolved_at,
    }
    due = {name: getattr(case, name) for name in met}
    return {name: due[name] for name, done in met.items() if done is None and due[name] is not None}


def after_pause(due: datetime, since: datetime, until: datetime, close: Close) -> datetime:
    """A limit whose clock stood from `since` to `until`: the working days that were left are given again. One that
    had not run out does not run out by the pause itself."""
    stood = workdays.between(clock.local(since).date(), clock.local(until).date())
    if not stood:
        return due if due > until or due <= since else workdays.deadline(until, 1, close).at
    moved = clock.at(later(clock.local(due).date(), stood), *close)
    if since < due and moved <= until:
        return workdays.deadline(until, 1, close).at
    return moved


def go_on(case: Appeal, moment: datetime, close: Close, *, since: datetime | None = None) -> None:
    """Let the clock go on after a pause (`paused_at`, or `since`): what was running is shifted."""
    stopped = since or case.paused_at
    case.paused_at = None
    if stopped is None:
        return
    for name, due in running(case).items():
        setattr(case, name, after_pause(due, stopped, moment, close))
    case.deadline_estimated = is_estimated(case)


def regraded(due: datetime, before: int, now_days: int, moment: datetime, close: Close) -> datetime:
    """A limit when its number of working days is another one; what would be past by it ends tomorrow instead."""
    moved = clock.at(later(clock.local(due).date(), now_days - before), *close)
    if moved <= moment < due:
        return workdays.deadline(moment, 1, close).at
    return moved


def latest_extension(due: datetime, limit_days: int) -> date:
    """The last day that an extension may reach: the original limit again."""
    return workdays.after_workdays(clock.local(due).date(), limit_days)


def last_day_to_ask(due: datetime, notice_days: int) -> date:
    """The last day on which an extension may be asked for."""
    return later(clock.local(due).date(), -notice_days)


def hold_ends(until: date) -> date:
    """The day on which a case on hold is looked at: a plain limit that ends on a rest day runs on (Art. 203)."""
    return workdays.next_workday(until)


def plain_days(start: datetime, days: int, close: Close) -> Deadline:
    """When `days` calendar days end: at the close of business; on a rest day, of the next working day."""
    day = workdays.next_workday(clock.local(start).date() + timedelta(days=days))
    return Deadline(clock.at(day, *close), workdays.is_estimated(day))


@dataclass(frozen=True)
class Arrears:
    """The statutory dates of a complaint about arrears (保障中小企业款项支付条例 Art. 25), for a case referred now."""

    transfer: date
    result: date
    limit: date


def arrears(rules: AppealsSettings, start: datetime) -> Arrears:
    """Passed on within 10 working days, a result within 30 days, at most 90."""
    day = clock.local(start).date()
    return Arrears(
        workdays.after_workdays(day, rules.arrears_transfer_days),
        workdays.next_workday(day + timedelta(days=rules.arrears_result_days)),
        workdays.next_workday(day + timedelta(days=rules.arrears_limit_days)),
    )


def announced(case: Appeal, name: str, due: datetime, close: Close) -> datetime:
    """An estimated limit by the announced calendar; as it is while its year has none. Its working days of that year
    are counted as they were assumed, and given again."""
    day = clock.local(due).date()
    if workdays.is_estimated(day):
        return due
    started = clock.local(_begins(case, name)).date()
    base = max(started, date(day.year - 1, 12, 31))
    count = sum(
        workdays.is_assumed_workday(base + timedelta(days=n)) for n in range(1, (day - base).days + 1)
    )
    return clock.at(later(base, count), *close) if count else due


def _begins(case: Appeal, name: str) -> datetime:
    if name == "acceptance_due_at":
        return case.received_at
    return case.dispatched_at or case.accepted_at or case.received_at


def in_hours(rules: AppealsSettings, moment: datetime) -> bool:
    """Whether the office works at this moment."""
    local = clock.local(moment)
    open_ = rules.open_of_business <= local.time() < rules.close_of_business
    return open_ and workdays.is_workday(local.date())
