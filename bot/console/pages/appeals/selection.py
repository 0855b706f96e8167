"""Which cases a list shows: the tabs, and every filter of the address as a condition on `Appeal`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true

from bot.appeals import lights, phone_numbers
from bot.appeals.actor import visible_to
from bot.appeals.acts.act import WITH_UNIT
from bot.appeals.acts.following_up import unhappy
from bot.appeals.phone_numbers import Found
from bot.core import clock
from bot.understanding.normalise import case_number
from models.appeal_work import Dispatch, Extension, Supervision, Support
from models.appeals import Appeal, AppealState
from models.staff import Role, Staff

S = AppealState
_NUMBER_HEAD = re.compile(r"SQ\d{4,14}", re.IGNORECASE)
_TAIL = re.compile(r"\d{4}")
MOST_WORDS = 8
DUE = func.coalesce(Appeal.extended_due_at, Appeal.due_at)


@dataclass(frozen=True)
class Tab:
    """A list that everybody needs."""

    key: str
    title: str


TABS = (
    Tab("mine", "待我办理"),
    Tab("all", "全部"),
    Tab("late", "超期"),
    Tab("held", "挂账"),
    Tab("survey", "待回访"),
)


def of_tab(key: str, by: Staff, moment: datetime) -> ColumnElement[bool] | None:
    """The condition of a tab; None for all."""
    if key == "mine":
        return waits_for(by, moment)
    if key == "late":
        return lit("red", moment)
    if key == "held":
        return Appeal.state == S.ON_HOLD
    return Appeal.state == S.RESOLVED if key == "survey" else None


def waits_for(by: Staff, moment: datetime) -> ColumnElement[bool]:
    """The cases on which the next step is this colleague's."""
    if by.role is Role.CLERK:
        return Appeal.state.in_((S.SUBMITTED, S.RESOLVED))
    if by.role is Role.DISPATCHER:
        return or_(Appeal.state.in_((S.ACCEPTED, S.PENDING_REVIEW)), contested(), wants_time())
    if by.role is Role.LEADER:
        alone = and_(
            Appeal.confidential.is_(True), Appeal.state.in_((S.SUBMITTED, S.ACCEPTED, S.PENDING_REVIEW))
        )
        late = and_(Appeal.supervision_level >= 2, Appeal.state.in_(WITH_UNIT))
        return or_(alone, late, _on_hold_too_long(moment))
    if by.role is Role.UNIT and by.unit_id is not None:
        led = and_(Appeal.unit_id == by.unit_id, Appeal.state.in_((S.DISPATCHED, S.IN_PROGRESS)))
        return or_(led, unreported(by))
    return false()


def contested() -> ColumnElement[bool]:
    """A contest waits for the dispatcher."""
    rows = select(Dispatch.appeal_id).where(
        Dispatch.contested_at.is_not(None), Dispatch.decided_at.is_(None), Dispatch.ended_at.is_(None)
    )
    return and_(Appeal.state == S.DISPATCHED, Appeal.id.in_(rows))


def wants_time() -> ColumnElement[bool]:
    """A wish for more time waits for an answer."""
    rows = select(Extension.appeal_id).where(Extension.decided_at.is_(None))
    return and_(Appeal.state == S.IN_PROGRESS, Appeal.id.in_(rows))


# The states in which a clock runs: few rows of many, found by the index.
RUNNING = (S.SUBMITTED, S.ACCEPTED, S.DISPATCHED, S.IN_PROGRESS, S.PENDING_REVIEW)
WAITS = (
    ("contest", "派单异议"),
    ("extension", "延期申请"),
    ("support", "协办反馈"),
    ("paper", "督办回复"),
    ("unhappy", "回访不满意"),
)


def waiting(key: str, by: Staff | None = None) -> ColumnElement[bool]:
    """The cases that wait for one thing."""
    if key == "contest":
        return contested()
    if key == "extension":
        return wants_time()
    if key == "unhappy":
        return unhappy()
    return unanswered() if key == "paper" else unreported(by)


def unreported(by: Staff | None) -> ColumnElement[bool]:
    """A supporting unit's report is missing; of a unit's person, their own unit's."""
    rows = select(Support.appeal_id).where(Support.reported_at.is_(None))
    if by is not None and by.role is Role.UNIT:
        rows = rows.where(Support.unit_id == by.unit_id)
    return and_(Appeal.state.in_(WITH_UNIT), Appeal.id.in_(rows))


def unanswered() -> ColumnElement[bool]:
    """A 督办单 waits for the unit's answer."""
    rows = select(Supervision.appeal_id).where(
        Supervision.number.is_not(None), Supervision.answered_at.is_(None)
    )
    return and_(Appeal.state.in_(WITH_UNIT), Appeal.id.in_(rows))


def lit(colour: str, moment: datetime) -> ColumnElement[bool]:
    """The cases with this light."""
    if colour not in set(lights.Colour):
        return false()
    shown = lights.shows(lights.Colour(colour), moment)
    return shown if colour == lights.Colour.NONE else and_(Appeal.state.in_(RUNNING), shown)


def received(first: date | None, last: date | None) -> ColumnElement[bool] | None:
    """Received on one of these Shanghai days."""
    parts = []
    if first is not None:
        parts.append(Appeal.received_at >= clock.at(first, 0))
    if last is not None:
        parts.append(Appeal.received_at < clock.at(last + timedelta(days=1), 0))
    return and_(*parts) if parts else None


def matching(text: str, by: Staff) -> ColumnElement[bool]:
    """A number in any spelling, a whole phone however it is written, or words, each of which is in the title or the
    company; four digits are the end of a phone too."""
    said = phone_numbers.cleaned(text.replace("\x00", "")).strip()
    number = case_number(said)
    if number is not None:
        return Appeal.number == number
    phones = phone_numbers.find(said)
    rest = [_has_word(word, by) for word in _without(phones, said).split()[:MOST_WORDS]]
    return and_(true(), *(_has_phone(found.number, by) for found in phones), *rest)


def _without(phones: Sequence[Found], said: str) -> str:
    """The words beside the phones."""
    for found in reversed(phones):
        said = f"{said[: found.start]} {said[found.end :]}"
    return said


def _has_word(word: str, by: Staff) -> ColumnElement[bool]:
    if _NUMBER_HEAD.fullmatch(word):
        return Appeal.number.startswith(word.upper())
    texts = (Appeal.title, Appeal.company, Appeal.street, Appeal.category)
    words = or_(*(column.contains(word, autoescape=True) for column in texts))
    return or_(_reachable(Appeal.phone_tail == word, by), words) if _TAIL.fullmatch(word) else words


def _has_phone(number: str, by: Staff) -> ColumnElement[bool]:
    """The digits of the number are among those of the case's, however these were typed in."""
    digits = func.replace(func.replace(Appeal.phone, "-", ""), " ", "")
    return _reachable(digits.contains(re.sub(r"\D", "", number.partition("转")[0])), by)


def _reachable(found: ColumnElement[bool], by: Staff) -> ColumnElement[bool]:
    """A unit finds by phone only where it may have the phone."""
    if by.role is not Role.UNIT:
        return found
    shared = (Appeal.share_contact.is_(True), Appeal.anonymous.is_(False))
    return and_(found, Appeal.unit_id == by.unit_id, *shared)


def _on_hold_too_long(moment: datetime) -> ColumnElement[bool]:
    today = clock.local(moment).date()
    return and_(Appeal.state == S.ON_HOLD, Appeal.hold_until.is_not(None), Appeal.hold_until <= today)


def seen_by(by: Staff) -> ColumnElement[bool]:
    """What this colleague may see at all."""
    return visible_to(by)
