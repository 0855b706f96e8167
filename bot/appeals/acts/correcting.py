"""更正评价: an answer to the survey that was written down wrongly is put right by two people, and marked (domain §5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from bot.appeals import rounds, states
from bot.appeals.actor import acting, lock
from bot.appeals.acts.act import Act, ActForm, Place, Tone
from bot.appeals.fields import Field, choices_of, reason_field
from bot.appeals.wording import one_of, written
from bot.core import audit
from bot.core.actor import Actor
from bot.core.refusals import Refused
from bot.runtime.services import ServiceActor
from bot.staff import confirmations
from bot.staff.rights import Right
from models.appeal_work import SurveyAnswer
from models.appeals import SCORES, SOLVED, Appeal, AppealState
from models.confirmations import Confirmation

S = AppealState
KIND = "appeal.rating"
MOST_REASON = 200


def correct_rating(
    actor: ServiceActor, case: Appeal, solved: str | None, score: str | None, reason: str
) -> None:
    """Ask a second person to put the answer of this round right. Nothing changes until they say yes."""
    with acting(actor, case, CORRECT_RATING, reason=reason):
        why = written(reason, "更正的理由", most=MOST_REASON)
        after = {
            "survey_solved": one_of(solved, SOLVED, "是否解决") if solved else None,
            "survey_score": one_of(score, SCORES, "满意度") if score else None,
        }
        if after == rating(actor.db, case.id):
            raise Refused("和现在的评价一样，没有要更正的。请改好后再提交，或直接返回。")
        if not any(after.values()):
            raise Refused("评价不能更正为空；是否解决、满意度至少选一项。")
        confirmations.ask(actor, KIND, case.id, f"更正 {case.number} 的回访评价", after, reason=why)
        states.record(actor.db, case, actor.signature, "correction_asked", case.state, words=why)


def rating(db: Session, case_id: int) -> dict[str, Any]:
    """The answer that counts in this round, by the trail's field names."""
    answer = rounds.answer_of_round(db, db.get_one(Appeal, case_id))
    return {
        "survey_solved": answer.solved if answer else None,
        "survey_score": answer.score if answer else None,
    }


def put_right(actor: Actor, asked: Confirmation) -> None:
    """The second person says yes: the corrected answer counts, at the time of the one that it corrects."""
    case = actor.db.get_one(Appeal, asked.subject_id)
    lock(actor.db, case)
    wrong = rounds.answer_of_round(actor.db, case)
    if wrong is None:
        raise Refused(f"{case.number} 这一轮已经没有评价可以更正。请退回。")
    right = SurveyAnswer(
        appeal_id=case.id,
        at=wrong.at,
        solved=asked.after["survey_solved"],
        score=asked.after["survey_score"],
        words=wrong.words,
        channel=wrong.channel,
        by_id=asked.asked_by_id,
        correction=asked.reason,
        confirmed_by_id=actor.staff_id,
    )
    rounds.count(actor.db, case, right)
    said = f"评价经核实更正为：{rounds.said(right)}"
    states.record(actor.db, case, actor.signature, "rating_corrected", case.state, public_text=said)
    changed = {name: [asked.before.get(name), value] for name, value in asked.after.items()}
    audit.record(actor.db, actor.by, "appeal.rating_corrected", "appeal", case.id, changed=changed)


def _fields(actor: ServiceActor, case: Appeal) -> Sequence[Field]:
    now = rating(actor.db, case.id)
    return [
        Field(
            "solved",
            "是否解决",
            "radio",
            choices=choices_of(SOLVED, none="没有回答"),
            value=now["survey_solved"] or "",
        ),
        Field(
            "score",
            "满意度",
            "radio",
            choices=choices_of(SCORES, none="没有回答"),
            value=now["survey_score"] or "",
        ),
        reason_field("更正的理由", "写明错在哪里、怎么核实的。确认的同事看得到，诉求人看不到。"),
    ]


def _may_be_corrected(db: Session, case: Appeal) -> bool:
    answered = rounds.answer_of_round(db, case) is not None
    return answered and confirmations.waiting_on(db, KIND, case.id) is None


CORRECT_RATING = Act(
    name="correct_rating",
    label="更正评价",
    order=215,
    right=Right.APPEAL_CLOSE,
    states=frozenset({S.RESOLVED, S.CLOSED, S.MERGED}),
    form=ActForm(
        tone=Tone.INTERNAL,
        lead="只用于登记错了的评价。提交后由分管领导确认才生效，原来的评价保留，台账里会注明。",
        button="提交，请人确认",
        done="更正已提交，等第二个人确认。",
        fields=_fields,
    ),
    run=lambda actor, case, given: correct_rating(
        actor, case, given.some("solved"), given.some("score"), given.text("reason")
    ),
    place=Place.RARE,
    fits_rows=_may_be_corrected,
    events={"correction_asked": "提出更正评价", "rating_corrected": "更正评价"},
)
