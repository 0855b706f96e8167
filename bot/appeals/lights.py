"""Lights (domain §3.3): how near the limits of a case's present step are, for a case and as a condition for lists.

Yellow: at most one working day left, or at most a third of the promised handling days. A pause has no light.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, not_, or_
from sqlalchemy.orm import InstrumentedAttribute

from bot.appeals.deadlines import days_late, days_left
from bot.core import clock, workdays
from models.appeals import Appeal, AppealState
from models.base import UTCDateTime

S = AppealState
CLOSE = (17, 30)
LONGEST = 90  # working days; the most that a limit can be set to


class Colour(StrEnum):
    """What the office says at a glance."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    NONE = "none"


LABELS = {Colour.GREEN: "正常", Colour.YELLOW: "预警", Colour.RED: "超期", Colour.NONE: "—"}


@dataclass(frozen=True)
class Light:
    """A colour and why, in words."""

    colour: Colour
    words: str

    @property
    def label(self) -> str:
        """The word of the office for the colour."""
        return LABELS[self.colour]


@dataclass(frozen=True)
class Limit:
    """One limit of the present step; `days` when a third of it counts."""

    name: str
    due: datetime
    days: int | None = None


def limits(appeal: Appeal) -> list[Limit]:
    """The limits that run in the case's present state."""
    if appeal.state is S.SUBMITTED:
        return [Limit("受理", appeal.acceptance_due_at)]
    if appeal.state is S.ACCEPTED:
        return _present(("派单", appeal.sign_due_at))
    handling = _present(("办理", appeal.due_in_force), days=appeal.limit_days)
    contact = _present(("首次联系", None if appeal.first_contact_at else appeal.contact_due_at))
    if appeal.state is S.DISPATCHED:
        return [*_present(("签收", appeal.sign_due_at)), *contact, *handling]
    if appeal.state is S.IN_PROGRESS:
        return [*contact, *handling]
    if appeal.state is S.PENDING_REVIEW:
        return [*_present(("审核", appeal.review_due_at)), *handling]
    return []


def _present(named: tuple[str, datetime | None], days: int | None = None) -> list[Limit]:
    name, due = named
    return [Limit(name, due, days)] if due is not None else []


def light(appeal: Appeal, moment: datetime, close: tuple[int, int] = CLOSE) -> Light:
    """The case's light: that of its most pressing limit."""
    found = [_one(limit, moment, close) for limit in limits(appeal)]
    for colour in (Colour.RED, Colour.YELLOW, Colour.GREEN):
        for one in found:
            if one.colour is colour:
                return one
    return Light(Colour.NONE, "暂停计时" if appeal.state in (S.NEED_INFO, S.ON_HOLD) else "")


def _one(limit: Limit, moment: datetime, close: tuple[int, int]) -> Light:
    if limit.due < moment:
        late = days_late(limit.due, moment, close)
        return Light(Colour.RED, f"{limit.name}已超期{f' {late} 个工作日' if late else ''}")
    left = days_left(limit.due, moment)
    pressing = left <= 1 or (limit.days is not None and left * 3 <= limit.days)
    words = f"{limit.name}还有 {left} 个工作日" if left else f"{limit.name}今天到期"
    return Light(Colour.YELLOW if pressing else Colour.GREEN, words)


_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


def shows(colour: Colour, moment: datetime) -> ColumnElement[bool]:
    """`light` as a condition on `Appeal`."""
    red, lit = _reaches(moment, strictly=True), _lit()
    if colour is Colour.RED:
        return red
    if colour is Colour.NONE:
        return not_(lit)
    near = or_(red, is_near(moment))
    return and_(near, not_(red)) if colour is Colour.YELLOW else and_(lit, not_(near))


def _in_state(state: AppealState, *dues: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(Appeal.state == state, or_(*dues))


def _handling(moment: datetime, *, strictly: bool = False) -> ColumnElement[bool]:
    """Whether the handling limit in force lies before a moment; never NULL, so that it can be denied."""
    own = and_(Appeal.extended_due_at.is_(None), _before(Appeal.due_at, moment, strictly))
    return or_(_before(Appeal.extended_due_at, moment, strictly), own)


def _before(column: InstrumentedAttribute[Any], moment: datetime, strictly: bool) -> ColumnElement[bool]:
    """Never NULL. An expression, so that no planner walks the index of all limits that are over instead of the few open cases."""
    due = func.coalesce(column, literal(_NEVER, UTCDateTime))
    return due < moment if strictly else due <= moment


def _reaches(moment: datetime, *, strictly: bool) -> ColumnElement[bool]:
    """Whether one of the limits of the present step ends before a moment."""
    contact = and_(Appeal.first_contact_at.is_(None), _before(Appeal.contact_due_at, moment, strictly))
    handling = _handling(moment, strictly=strictly)
    sign = _before(Appeal.sign_due_at, moment, strictly)
    return or_(
        _in_state(S.SUBMITTED, _before(Appeal.acceptance_due_at, moment, strictly)),
        _in_state(S.ACCEPTED, sign),
        _in_state(S.DISPATCHED, sign, contact, handling),
        _in_state(S.IN_PROGRESS, contact, handling),
        _in_state(S.PENDING_REVIEW, _before(Appeal.review_due_at, moment, strictly), handling),
    )


def is_near(moment: datetime) -> ColumnElement[bool]:
    """At most one working day left of any limit, or a third of the handling days."""
    days = [clock.local(moment).date()]
    for _ in range(LONGEST // 3):
        days.append(workdays.after_workdays(days[-1], 1))
    ends = [clock.at(day, 23, 59) for day in days]
    third = case(
        *((Appeal.limit_days < 3 * n + 3, literal(ends[n], UTCDateTime)) for n in range(2, LONGEST // 3)),
        else_=literal(ends[-1], UTCDateTime),
    )
    due = func.coalesce(Appeal.extended_due_at, Appeal.due_at)
    handled = Appeal.state.in_((S.DISPATCHED, S.IN_PROGRESS, S.PENDING_REVIEW))
    near = and_(
        handled, due.is_not(None), Appeal.limit_days.is_not(None), Appeal.limit_days >= 6, due <= third
    )
    return or_(_reaches(ends[1], strictly=False), near)


def _lit() -> ColumnElement[bool]:
    """Whether a clock runs in the present step."""
    has_contact = and_(Appeal.first_contact_at.is_(None), Appeal.contact_due_at.is_not(None))
    has_handling = or_(Appeal.extended_due_at.is_not(None), Appeal.due_at.is_not(None))
    return or_(
        Appeal.state == S.SUBMITTED,
        _in_state(S.ACCEPTED, Appeal.sign_due_at.is_not(None)),
        _in_state(S.DISPATCHED, Appeal.sign_due_at.is_not(None), has_contact, has_handling),
        _in_state(S.IN_PROGRESS, has_contact, has_handling),
        _in_state(S.PENDING_REVIEW, Appeal.review_due_at.is_not(None), has_handling),
    )
