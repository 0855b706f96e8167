"""跟进: an appellant who is not content was heard once more; until then the case stands in the list 回访不满意."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from bot.appeals import rounds, states
from bot.appeals.actor import acting
from bot.appeals.acts.act import Act, ActForm, Tone
from bot.appeals.fields import area
from bot.appeals.wording import written
from bot.runtime.services import ServiceActor
from bot.staff.rights import Right
from models.appeals import Appeal, AppealEvent, AppealState

S = AppealState
ANSWERED = frozenset({S.RESOLVED, S.CLOSED, S.MERGED})
HEARD, FOLLOWED = ("surveyed", "said_more"), "followed_up"


def unhappy() -> ColumnElement[bool]:
    """Whether the appellant was not content with the present answer and nobody has followed that up since they spoke last."""
    newest = (
        select(AppealEvent.action)
        .where(AppealEvent.appeal_id == Appeal.id, AppealEvent.action.in_((*HEARD, FOLLOWED)))
        .order_by(AppealEvent.id.desc())
        .limit(1)
        .correlate(Appeal)
        .scalar_subquery()
    )
    said = or_(Appeal.survey_score.in_(rounds.UNHAPPY), Appeal.survey_solved == rounds.UNSOLVED)
    of_this_round = or_(Appeal.state == S.MERGED, Appeal.survey_at >= Appeal.resolved_at)
    return and_(Appeal.state.in_(ANSWERED), said, of_this_round, newest.in_(HEARD))


def follow_up(actor: ServiceActor, case: Appeal, words: str | None) -> None:
    """Write down what was said and done about it. What the appellant says later puts the case on the list again."""
    with acting(actor, case, FOLLOW_UP):
        said = written(words, "跟进情况", most=2000)
        states.record(actor.db, case, actor.signature, FOLLOWED, case.state, words=said)


def _waits(db: Session, case: Appeal) -> bool:
    return db.scalar(select(Appeal.id).where(Appeal.id == case.id, unhappy())) is not None


FOLLOW_UP = Act(
    name="follow_up",
    label="登记跟进",
    order=205,
    right=Right.APPEAL_CLOSE,
    states=ANSWERED,
    primary_in=ANSWERED,
    form=ActForm(
        tone=Tone.INTERNAL,
        lead="诉求人不满意。联系本人问清哪里不满意、还要怎么办；要再办的用「重新办理」，问清了、解释了的在这里登记。",
        button="登记跟进",
        done="已登记跟进，不再列在「回访不满意」里；诉求人再说什么会重新列出。",
        fields=[area("words", "跟进情况", "谁、何时、怎么联系的，诉求人怎么说。只有同事看得到。")],
    ),
    run=lambda actor, case, given: follow_up(actor, case, given.text("words")),
    fits_rows=_waits,
    events={FOLLOWED: "跟进不满意"},
)
