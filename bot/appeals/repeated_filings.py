"""重复反映: whether a person has told the same matter before (domain §2.4 N4, §3.4). Never a silent block."""

from __future__ import annotations

import unicodedata
from datetime import timedelta

from rapidfuzz import fuzz
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import clock
from models.appeals import Appeal, AppealState

S = AppealState
LEAST, LEAST_ALIKE = 6, 12  # letters: of a text that can be the same, and of one that can be much the same
ALIKE = 75  # of 100
MOST_LETTERS = 1000  # the beginning says what it is about
LEFT = (S.WITHDRAWN, S.DECLINED)  # telling these again is no repetition


def earlier(db: Session, appellant: str, words: str, days: int) -> Appeal | None:
    """The person's newest case of the last days that reads like these words."""
    said = letters(words)
    if len(said) < LEAST:
        return None
    mine = (Appeal.appellant == appellant, Appeal.received_at >= clock.now() - timedelta(days=days))
    query = select(Appeal).where(*mine, Appeal.state.not_in(LEFT)).order_by(Appeal.id.desc()).limit(50)
    return next((case for case in db.scalars(query) if alike(said, letters(case.body))), None)


def alike(one: str, other: str) -> bool:
    """Whether two texts, as `letters` makes them, tell the same."""
    if min(len(one), len(other)) < LEAST_ALIKE:
        return one == other
    return fuzz.ratio(one, other) >= ALIKE


def letters(text: str) -> str:
    """Letters and digits only, however they were typed."""
    said = unicodedata.normalize("NFKC", text[:MOST_LETTERS]).casefold()
    return "".join(c for c in said if c.isalnum())
