"""Nothing internal in what the appellant reads: an answer must not carry over colleagues' notes (domain §4.1)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.appeals.states import APPELLANT
from bot.core.refusals import Refused
from models.appeal_work import Dispatch, Support
from models.appeals import Appeal, AppealEvent
from models.units import Unit

RUN = 12  # characters, without spaces and punctuation, that are no accident


def checked(db: Session, case: Appeal, words: str) -> str:
    """The words, when none of the case's internal texts shows in them. Raises Refused, quoting the run. What is
    public anyway (the appeal itself, a unit's draft, earlier answers, names of units) may stand in both."""
    found = shared_run(words, internal_texts(db, case), public_texts(db, case))
    if found:
        raise Refused(
            f"给诉求人的话里有与内部备注相同的话：「{found}」。备注和单位的说明只给同事看，请改写后再提交。"
        )
    return words


def internal_texts(db: Session, case: Appeal) -> list[str]:
    """What only colleagues may read: of this case and of those merged into it."""
    ids = select(Appeal.id).where(or_(Appeal.id == case.id, Appeal.merged_into_id == case.id))
    events = select(AppealEvent).where(AppealEvent.appeal_id.in_(ids), AppealEvent.actor != APPELLANT)
    texts = [str(event.detail.get("words") or "") for event in db.scalars(events)]
    for remark, reason in db.execute(
        select(Dispatch.remark, Dispatch.contest_reason).where(Dispatch.appeal_id.in_(ids))
    ):
        texts += [remark, reason or ""]
    for wish, report in db.execute(select(Support.wish, Support.report).where(Support.appeal_id.in_(ids))):
        texts += [wish, report or ""]
    return [text for text in texts if text]


def public_texts(db: Session, case: Appeal) -> list[str]:
    """What the appellant knows, or may know, anyway."""
    said = select(AppealEvent.public_text).where(
        AppealEvent.appeal_id == case.id, AppealEvent.public_text.is_not(None)
    )
    known = [
        case.body,
        case.company,
        case.drafted_reply,
        case.public_reply,
        *db.scalars(said),
        *db.scalars(select(Unit.name)),
    ]
    return [text for text in known if text]


def shared_run(words: str, internal: Iterable[str], public: Iterable[str]) -> str | None:
    """The first run of 12 characters that stands in the words and in an internal text, but in no public one."""
    said = _letters(words)
    secret = {run for text in internal for run in _runs(_letters(text))}
    secret -= {run for text in public for run in _runs(_letters(text))}
    return next((run for run in _runs(said) if run in secret), None)


def _runs(letters: str) -> Iterable[str]:
    return (letters[at : at + RUN] for at in range(len(letters) - RUN + 1))


def _letters(text: str) -> str:
    """Letters and digits only, however they were typed."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())
