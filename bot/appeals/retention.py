"""How long a case knows its appellant: until three years after its end, or until they ask (domain §6, PIPL Art. 19, 47).

The row stays for statistics, with company, category, dates and results; what names or reaches a person is gone.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from bot.appeals import states
from bot.core import clock
from bot.core.db import after_commit
from bot.core.masking import masked_name, numbers_of
from bot.core.sensitive import masked_text
from bot.runtime.services import Services
from models.appeal_work import AppealMessage, Dispatch, Extension, Supervision, Support, SurveyAnswer
from models.appeals import Appeal, AppealEvent, AppealState, Attachment
from models.base import Base

FINAL = frozenset(AppealState) - states.OPEN
SYSTEM = "system"
SOLE_TRADER = "个体工商户"  # its name and number are its owner's
# Free texts round a case, in which people write names and numbers.
TEXTS: dict[type[Base], tuple[str, ...]] = {
    AppealEvent: ("public_text",),
    AppealMessage: ("text", "told_remark"),
    SurveyAnswer: ("words", "correction"),
    Dispatch: ("remark", "contest_reason"),
    Support: ("wish", "report"),
    Extension: ("reason", "remark"),
    Supervision: ("answer",),
}
OWN_TEXTS = ("title", "body", "result", "drafted_reply", "public_reply", "survey_text")


def due(db: Session, old: datetime, limit: int) -> list[Appeal]:
    """Finished cases that should forget their appellant: nothing has happened since `old`, or the appellant asked for
    it while the case was open."""
    master = aliased(Appeal)
    waits = exists().where(master.id == Appeal.merged_into_id, master.state.in_(states.OPEN))
    own = AppealEvent.appeal_id == Appeal.id
    asked = exists().where(own, AppealEvent.action == "disowned")
    silent = and_(Appeal.received_at < old, ~exists().where(own, AppealEvent.at >= old))
    finished = (Appeal.anonymised_at.is_(None), Appeal.state.in_(FINAL), ~waits)
    query = select(Appeal).where(*finished, or_(silent, asked)).order_by(Appeal.id).limit(limit)
    return list(db.scalars(query.with_for_update(of=Appeal, skip_locked=True)))


def anonymise(db: Session, services: Services, case: Appeal) -> None:
    """Take out of a finished case whatever names or reaches its appellant, with the pictures and their files."""
    name = (case.contact or "").partition("（")[0]  # a note may stand behind it
    clean = partial(_clean, name=name, phones=numbers_of(case.phone))
    for column in OWN_TEXTS:
        _rewrite(case, column, clean)
    case.title = case.title[:64]
    for model, columns in TEXTS.items():
        for row in db.scalars(select(model).where(model.appeal_id == case.id)):  # type: ignore[attr-defined]
            for column in columns:
                _rewrite(row, column, clean)
            if isinstance(row, AppealEvent):
                row.detail = {key: _deep(value, clean) for key, value in row.detail.items()}
    for picture in db.scalars(select(Attachment).where(Attachment.appeal_id == case.id)):
        if picture.path:
            after_commit(db, partial(services.storage.forget, picture.path))
        db.delete(picture)
    case.appellant, case.openid = secrets.token_hex(32), None
    case.contact = case.phone = case.phone_tail = None
    case.anonymous, case.share_contact = True, False
    if case.size == SOLE_TRADER:
        case.company = case.uscc = None
    case.anonymised_at = clock.now()
    states.record(db, case, SYSTEM, "anonymised", case.state)


def _rewrite(row: object, column: str, clean: Callable[[str], str]) -> None:
    text = getattr(row, column)
    if text:
        setattr(row, column, clean(text))


def _clean(text: str, *, name: str, phones: Sequence[str]) -> str:
    """A text without the person's own name and numbers, and with other people's numbers masked."""
    if len(name) > 1:
        text = text.replace(name, masked_name(name))
    for phone in phones:
        text = text.replace(phone, "****")
    return masked_text(text, phones=True)


def _deep(value: object, clean: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_deep(one, clean) for one in value]
    if isinstance(value, dict):
        return {key: _deep(one, clean) for key, one in value.items()}
    return value
