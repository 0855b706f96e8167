"""What the progress page shows of one case: stages, promise, answer, rating, the public entries; nobody's contact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.appeals import promises
from bot.appeals.states import APPELLANT
from bot.core.sensitive import masked_text
from bot.runtime.services import Services
from models.appeals import Appeal, AppealEvent, AppealState, timeline


@dataclass(frozen=True)
class ProgressEntry:
    """One line of the timeline."""

    at: datetime
    who: str
    text: str


@dataclass(frozen=True)
class ProgressPage:
    """A case as its appellant may see it. `lead` is the case that it is handled with: itself, or the one that it was
    merged into, of which only state, promise and answer are shown."""

    case: Appeal
    lead: Appeal
    title: str
    state: str
    tone: str
    stages: list[promises.Stage]
    promise: str
    answer: str
    rating: str
    next_step: str
    entries: list[ProgressEntry]


def of(db: Session, services: Services, signed: str) -> ProgressPage | None:
    """The page behind a signed address; None for an address that is not written exactly as we wrote it, and for a case
    that was cut off from its appellant."""
    number = services.progress_number(signed)
    if number is None or services.progress_url(number) != services.url(f"/a/{signed}"):
        return None  # base64 has spellings that mean the same: only ours counts
    case = db.scalar(select(Appeal).where(Appeal.number == number))
    if case is None or case.anonymised_at is not None or _is_disowned(db, case):
        return None
    lead = db.get_one(Appeal, case.merged_into_id) if _is_merged(case) else case
    return ProgressPage(
        case=case,
        lead=lead,
        title=masked_text(case.title),
        state=promises.plain_state(lead),
        tone=_tone(lead),
        stages=promises.stages(lead),
        promise=promises.promise(lead),
        answer=masked_text(lead.public_reply or ""),
        rating="、".join(part for part in (case.survey_solved, case.survey_score) if part),
        next_step=promises.next_step(db, case),
        entries=[_entry(event) for event in reversed(timeline(db, case.id)) if event.public_text],
    )


def _entry(event: AppealEvent) -> ProgressEntry:
    who = "您" if event.actor == APPELLANT else "工商联"
    return ProgressEntry(event.at, who, masked_text(event.public_text or ""))


def _is_merged(case: Appeal) -> bool:
    return case.state is AppealState.MERGED and case.merged_into_id is not None


def _is_disowned(db: Session, case: Appeal) -> bool:
    query = select(AppealEvent.id).where(AppealEvent.appeal_id == case.id, AppealEvent.action == "disowned")
    return db.scalar(query.limit(1)) is not None


def _tone(case: Appeal) -> str:
    """The colour of the state: whether the person has to do something, the case is over, or all goes well."""
    waiting = (AppealState.NEED_INFO, AppealState.RESOLVED, AppealState.ON_HOLD)
    over = (AppealState.DECLINED, AppealState.WITHDRAWN)
    return "warn" if case.state in waiting else "plain" if case.state in over else "good"
