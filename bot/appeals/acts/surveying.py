"""回访: what the appellant says of the answer when a colleague asks by phone (domain §2.3)."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.appeals import states
from bot.appeals.actor import acting
from bot.appeals.acts.act import Act, ActForm, Tone
from bot.appeals.acts.reopening import REOPEN_DAYS, may_be_reopened
from bot.appeals.fields import Field, area, choices_of
from bot.appeals.wording import one_of
from bot.core import clock
from bot.core.refusals import Refused
from bot.runtime.services import ServiceActor
from bot.staff.rights import Right
from models.appeal_work import SurveyAnswer
from models.appeals import SCORES, SOLVED, Appeal, AppealState

S = AppealState
CHANNELS = ("电话", "公众号")


def record_survey(
    actor: ServiceActor,
    case: Appeal,
    solved: str | None,
    score: str | None,
    words: str | None = None,
    channel: str = "电话",
) -> None:
    """What the appellant said when asked. A later answer replaces an earlier one, which is kept. An answered case is
    closed; nothing is ever filled in for a person."""
    with acting(actor, case, RECORD_SURVEY, solved=solved, score=score):
        if not solved and not score:
            raise Refused("请至少填写「是否解决」或「满意度」；联系不上的不要代填，到期后系统会销号。")
        _refuse_unless_asked(actor, case)
        answer = SurveyAnswer(
            appeal_id=case.id,
            at=clock.now(),
            solved=one_of(solved, SOLVED, "是否解决") if solved else None,
            score=one_of(score, SCORES, "满意度") if score else None,
            words=(words or "").strip() or None,
            channel=one_of(channel, CHANNELS, "回访方式"),
            by_id=actor.staff_id,
        )
        earlier = (SurveyAnswer.appeal_id == case.id, SurveyAnswer.replaced.is_(False))
        actor.db.execute(update(SurveyAnswer).where(*earlier).values(replaced=True))
        actor.db.add(answer)
        case.survey_solved, case.survey_score = answer.solved, answer.score
        case.survey_text, case.survey_at = answer.words, answer.at
        said = "、".join(part for part in (answer.solved, answer.score) if part)
        states.record(actor.db, case, actor.signature, "surveyed", case.state, public_text=f"回访：{said}")
        if case.state is S.RESOLVED:
            case.closed_at = clock.now()
            states.move(actor.db, case, S.CLOSED, actor.signature, "closed", public_text="已回访，销号")


def _refuse_unless_asked(actor: ServiceActor, case: Appeal) -> None:
    """The survey is open after 办结, until 15 days after closing; a merged case has its own, of the master's answer."""
    asked = surveyed(actor.db, case)
    if asked.resolved_at is None or asked.state not in (S.RESOLVED, S.CLOSED):
        raise Refused(f"{asked.number} 还没有办结，请办结后再登记回访。")
    if not may_be_reopened(asked):
        raise Refused(f"销号已超过 {REOPEN_DAYS} 天，回访已经截止。")


def surveyed(db: Session, case: Appeal) -> Appeal:
    """The case whose answer the survey is about: of a merged one, the master."""
    return case if case.merged_into_id is None else db.get_one(Appeal, case.merged_into_id)


def _is_open(db: Session, case: Appeal) -> bool:
    asked = surveyed(db, case)
    return asked.resolved_at is not None and asked.state in (S.RESOLVED, S.CLOSED) and may_be_reopened(asked)


RECORD_SURVEY = Act(
    name="record_survey",
    label="登记回访",
    order=210,
    right=Right.APPEAL_CLOSE,
    states=frozenset({S.RESOLVED, S.CLOSED, S.MERGED}),
    form=ActForm(
        tone=Tone.STEP,
        lead="电话回访后登记。至少填一项；登记后自动销号。",
        button="登记回访",
        done="已登记回访。",
        fields=[
            Field(
                "solved",
                "是否解决",
                "radio",
                "按诉求人的原话选，联系不上不要代填。",
                choices_of(SOLVED, none="没有回答"),
            ),
            Field("score", "满意度", "radio", choices=choices_of(SCORES, none="没有回答")),
            area("words", "诉求人的意见", needed=False, rows=4),
            Field("channel", "回访方式", "radio", choices=choices_of(CHANNELS), value="电话"),
        ],
    ),
    run=lambda actor, case, given: record_survey(
        actor,
        case,
        given.some("solved"),
        given.some("score"),
        given.some("words"),
        given.text("channel") or "电话",
    ),
    fits_rows=_is_open,
    events={"surveyed": "回访"},
)
