"""The rounds of the survey: each 办结 begins one (domain §5).

Within a round the appellant's own answer counts over any survey by phone, and the latest of their own answers counts.
The answer of a later round replaces that of an earlier one in the rates; all are kept.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.appeal_work import SurveyAnswer
from models.appeals import Appeal

UNHAPPY = frozenset({"不满意", "很不满意"})
UNSOLVED = "未解决"


def surveyed(db: Session, case: Appeal) -> Appeal:
    """The case whose answer the survey is about: of a merged one, the master."""
    return case if case.merged_into_id is None else db.get_one(Appeal, case.merged_into_id)


def answer_of_round(db: Session, case: Appeal) -> SurveyAnswer | None:
    """The answer that counts in the round that runs; None when nobody has answered since the last 办结."""
    asked = surveyed(db, case)
    query = select(SurveyAnswer).where(SurveyAnswer.appeal_id == case.id, SurveyAnswer.replaced.is_(False))
    return db.scalar(query.where(SurveyAnswer.round == asked.reopen_count).limit(1))


def count(db: Session, case: Appeal, answer: SurveyAnswer) -> None:
    """Let this new answer count in place of those before it, which are kept."""
    answer.round = surveyed(db, case).reopen_count
    earlier = (SurveyAnswer.appeal_id == case.id, SurveyAnswer.replaced.is_(False))
    db.execute(update(SurveyAnswer).where(*earlier).values(replaced=True))
    db.add(answer)
    db.flush()
    show(case, answer)


def show(case: Appeal, answer: SurveyAnswer) -> None:
    """Write the answer that counts into the case, for lists and the ledger."""
    case.survey_solved, case.survey_score = answer.solved, answer.score
    case.survey_text, case.survey_at = answer.words, answer.at
    case.survey_corrected = answer.correction is not None


def is_answered(case: Appeal) -> bool:
    """Whether the survey of this round was answered; an answer before a reopening does not count."""
    return _since(case.survey_at, case.resolved_at)


def is_unhappy(case: Appeal) -> bool:
    """Whether the answer says that the matter is not solved, or that the person is not content."""
    return case.survey_solved == UNSOLVED or case.survey_score in UNHAPPY


def said(answer: SurveyAnswer) -> str:
    """Both parts of an answer in words."""
    return "、".join(part for part in (answer.solved, answer.score) if part)


def _since(moment: datetime | None, began: datetime | None) -> bool:
    return moment is not None and began is not None and moment >= began
