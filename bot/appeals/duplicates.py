"""Likely duplicates (domain §3.4): suggested side by side, never merged by themselves."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta

from rapidfuzz import fuzz
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from bot.appeals.states import OPEN
from bot.core import clock
from bot.core.settings import AppealsSettings
from models.appeals import Appeal

MOST_CANDIDATES = 1000  # the newest open ones of other people
MOST_LETTERS = 1000  # of a body: the beginning says what it is about
ALIKE, ALIKE_IN_ONE_PLACE = 70, 55
_KINDS = "街道|社区|小区|大厦|大街|胡同|园区|产业园|广场|市场|商场|中心|村|路"
_PLACE = re.compile(
    rf"(?=([\u4e00-\u9fff]{{2,4}}(?:{_KINDS})))"
)  # from every character on: nothing ends a word


@dataclass(frozen=True)
class Likely:
    """An open case that may be about the same matter. `score` 0–100 orders; `why` is for people."""

    case: Appeal
    score: int
    why: str


def likely(db: Session, case: Appeal, rules: AppealsSettings, limit: int = 5) -> list[Likely]:
    """The open cases of the last 60 days that are most like this one. A confidential one is shown beside
    confidential ones only."""
    found = [one for other in _candidates(db, case, rules) if (one := _compare(case, other)) is not None]
    return sorted(found, key=lambda one: (-one.score, -one.case.id))[:limit]


def _candidates(db: Session, case: Appeal, rules: AppealsSettings) -> list[Appeal]:
    since = clock.now() - timedelta(days=rules.duplicate_days)
    open_ = (
        Appeal.id != case.id,
        Appeal.state.in_(OPEN),
        Appeal.received_at >= since,
        Appeal.confidential.is_(case.confidential),
    )
    same: list[ColumnElement[bool]] = [Appeal.appellant == case.appellant]
    if case.company:
        same.append(Appeal.company == case.company)
    newest = select(Appeal).where(*open_).order_by(Appeal.id.desc())
    by_person = db.scalars(newest.where(or_(*same)).limit(50))
    found = {other.id: other for other in by_person}
    for other in db.scalars(newest.limit(MOST_CANDIDATES)):
        found[other.id] = other
    return list(found.values())


def _compare(case: Appeal, other: Appeal) -> Likely | None:
    likeness = int(fuzz.ratio(_letters(case.body), _letters(other.body)))
    places = _longest(_places(case.body) & _places(other.body))
    why = []
    if case.appellant == other.appellant:
        why.append("同一诉求人")
    if case.company and other.company and _letters(case.company) == _letters(other.company):
        why.append("同一企业")
    if likeness >= ALIKE or (places and likeness >= ALIKE_IN_ONE_PLACE):
        why.append(f"内容相近（{likeness}%）")
    if not why:
        return None
    if places:
        why.append(f"都提到{'、'.join(sorted(places)[:3])}")
    bonus = 15 * (len(why) - 1) + (10 if places else 0)
    return Likely(other, min(100, likeness + bonus), "；".join(why))


def _places(text: str) -> set[str]:
    return set(_PLACE.findall(text[:MOST_LETTERS]))


def _longest(places: set[str]) -> set[str]:
    """Without those that are a part of another."""
    return {place for place in places if not any(place in other and place != other for other in places)}


def _letters(text: str) -> str:
    said = unicodedata.normalize("NFKC", text[:MOST_LETTERS]).casefold()
    return "".join(c for c in said if c.isalnum())
