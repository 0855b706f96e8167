"""The appellant's verbs after 办结: rate the answer, ask for the case to be taken up again (domain §2.3, §5).

A later answer replaces an earlier one, which is kept; nothing is ever filled in for a person.
"""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot import appeals, clock
from bot.appeals import APPELLANT, IllegalMove
from bot.casework import inbox, reopening
from bot.casework.acts import REOPEN_DAYS, may_be_reopened
from bot.settings import AppealsSettings
from models.appeal import SCORES, SOLVED, Appeal, AppealState
from models.casework import SurveyAnswer
from models.staff import Role

S = AppealState
CHANNEL = "公众号"
MOST_REOPENS = 2  # by the appellant
UNHAPPY = frozenset({"不满意", "很不满意"})


def may_answer(db: Session, case: Appeal) -> bool:
    """Whether the survey is open: after 办结, until 15 days after closing; a merged case answers for itself."""
    if case.state is S.MERGED and case.merged_into_id is not None:
        return may_answer(db, db.get_one(Appeal, case.merged_into_id))
    return case.resolved_at is not None and case.state in (S.RESOLVED, S.CLOSED) and may_be_reopened(case)


def may_reopen(case: Appeal) -> bool:
    """Whether the appellant may ask for the case to be taken up again: twice, within 15 days of closing."""
    again = case.state in (S.RESOLVED, S.CLOSED) and case.appellant_reopens < MOST_REOPENS
    return again and may_be_reopened(case)


def survey_by_appellant(
    db: Session,
    case: Appeal,
    *,
    solved: str | None = None,
    score: str | None = None,
    words: str | None = None,
) -> SurveyAnswer:
    """Take one part of an answer: `solved` begins a new one, which replaces the earlier, `score` and `words`
    complete it. An answer with a score closes the case. Raises IllegalMove when the survey is over."""
    if not may_answer(db, case):
        raise IllegalMove(f"{case.number} 的评价已经截止。有新的情况请回复 6 提新的诉求。")
    row = _begin(db, case, solved) if solved else _latest(db, case)
    if row is None:
        raise IllegalMove(f"请先评价 {case.number} 是否解决：回复「回访 {case.number}」。")
    if score is not None:
        row.score = SCORES[SCORES.index(score)]
    row.words, row.at = words or row.words, clock.now()
    case.survey_solved, case.survey_score, case.survey_text = row.solved, row.score, row.words
    case.survey_at = row.at
    _write_down(db, case, row)
    return row


def reopen_by_appellant(db: Session, rules: AppealsSettings, case: Appeal, reason: str) -> None:
    """The appellant is not content: the same unit takes the case up again, with a new limit. Raises IllegalMove."""
    if not may_reopen(case):
        raise IllegalMove(
            f"{case.number} 不能再要求重新办理（销号后{REOPEN_DAYS}天内、最多{MOST_REOPENS}次）。有新的情况请回复 6 提新的诉求。"
        )
    case.appellant_reopens += 1
    reopening.start_again(db, rules, case, APPELLANT, reason)


def _begin(db: Session, case: Appeal, solved: str) -> SurveyAnswer:
    earlier = (SurveyAnswer.appeal_id == case.id, SurveyAnswer.replaced.is_(False))
    db.execute(update(SurveyAnswer).where(*earlier).values(replaced=True))
    row = SurveyAnswer(
        appeal_id=case.id,
        at=clock.now(),
        solved=SOLVED[SOLVED.index(solved)],
        channel=CHANNEL,
        replaced=False,
    )
    db.add(row)
    db.flush()
    return row


def _latest(db: Session, case: Appeal) -> SurveyAnswer | None:
    query = select(SurveyAnswer).where(SurveyAnswer.appeal_id == case.id, SurveyAnswer.channel == CHANNEL)
    return db.scalar(query.where(SurveyAnswer.replaced.is_(False)).order_by(SurveyAnswer.id.desc()).limit(1))


def _write_down(db: Session, case: Appeal, row: SurveyAnswer) -> None:
    said = "、".join(part for part in (row.solved, row.score) if part)
    appeals.record(db, case, APPELLANT, "surveyed", case.state, public_text=f"诉求人评价：{said}")
    if row.score is None:
        return
    if case.state is S.RESOLVED:
        appeals.move(db, case, S.CLOSED, APPELLANT, "closed", public_text="已评价，销号")
        case.closed_at = clock.now()
    if row.solved == "未解决" or row.score in UNHAPPY:
        inbox.tell_role(db, Role.CLERK, "surveyed", f"{case.number} 诉求人评价：{said}，请跟进。", case)
