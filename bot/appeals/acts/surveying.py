"""回访: what the appellant says of the answer when a colleague asks by phone (domain §2.3)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.appeals import rounds, states
from bot.appeals.actor import acting
from bot.appeals.acts.act import Act, ActForm, Tone
from bot.appeals.acts.reopening import REOPEN_DAYS, may_be_reopened
from bot.appeals.fields import Field, area, choices_of
from bot.appeals.wording import one_of, when
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
    """What the appellant said when a colleague asked. Where the round has an answer already, that one counts. An answered
    case is closed; nothing is ever filled in for a person."""
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
        rounds.count(actor.db, case, answer)
        public = f"回访：{rounds.said(answer)}"
        states.record(actor.db, case, actor.signature, "surveyed", case.state, public_text=public)
        if case.state is S.RESOLVED:
            case.closed_at = clock.now()
            states.move(actor.db, case, S.CLOSED, actor.signature, "closed", public_text="已回访，销号")


def _refuse_unless_asked(actor: ServiceActor, case: Appeal) -> None:
    """The survey is open after 办结, until 15 days after closing; a merged case has its own, of the master's answer."""
    asked = rounds.surveyed(actor.db, case)
    if asked.resolved_at is None or asked.state not in (S.RESOLVED, S.CLOSED):
        raise Refused(f"{asked.number} 还没有办结，请办结后再登记回访。")
    if not may_be_reopened(asked):
        raise Refused(f"销号已超过 {REOPEN_DAYS} 天，回访已经截止。")
    _refuse_second_answer(rounds.answer_of_round(actor.db, case))


def _refuse_second_answer(answer: SurveyAnswer | None) -> None:
    if answer is None:
        return
    who = "诉求人自己评价过" if answer.by_id is None else "登记过回访"
    raise Refused(
        f"{when(answer.at)}已{who}：{rounds.said(answer)}。同一轮以已有的评价为准，不能再登记；记错了的请用「更正评价」，由第二个人确认。"
    )


def _is_open(db: Session, case: Appeal) -> bool:
    asked = rounds.surveyed(db, case)
    ended = asked.resolved_at is not None and asked.state in (S.RESOLVED, S.CLOSED)
    return ended and may_be_reopened(asked) and rounds.answer_of_round(db, case) is None


RECORD_SURVEY = Act(
    name="record_survey",
    label="登记回访",
    order=210,
    right=Right.APPEAL_CLOSE,
    states=frozenset({S.RESOLVED, S.CLOSED, S.MERGED}),
    primary_in=frozenset({S.RESOLVED, S.MERGED}),
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
