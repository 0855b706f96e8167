"""After 办结: the follow-up by phone, closing, reopening, and undoing a wrong close (domain §2.3)."""

from __future__ import annotations

from sqlalchemy import select, update

from bot.appeals import states
from bot.appeals.actor import acting
from bot.appeals.acts import reopening, resolving, table
from bot.appeals.messages import tell
from bot.appeals.wording import one_of, when, written
from bot.core import clock
from bot.core.refusals import Refused
from bot.runtime.services import ServiceActor
from bot.staff import inbox
from models.appeal_work import SurveyAnswer
from models.appeals import SCORES, SOLVED, Appeal, AppealEvent, AppealState

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
    with acting(actor, case, "record_survey", solved=solved, score=score):
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
            by_id=actor.by.id if actor.by else None,
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


def close(actor: ServiceActor, case: Appeal, reason: str) -> None:
    """Close a case whose survey was answered, or was open for its days with one reminder."""
    with acting(actor, case, "close", reason=reason):
        why = written(reason, "销号理由")
        moment = clock.now()
        if not is_answered(case):
            if case.survey_due_at is not None and moment < case.survey_due_at:
                raise Refused(
                    f"还没有回访结果，回访期到{when(case.survey_due_at)}。请先登记回访，或等到期后再销号。"
                )
            if case.survey_reminded_at is None:
                raise Refused("还没有提醒过诉求人评价，系统会在工作时间提醒一次。请先电话回访并登记结果。")
        case.closed_at = moment
        states.move(actor.db, case, S.CLOSED, actor.signature, "closed", public_text="已销号", words=why)


def is_answered(case: Appeal) -> bool:
    """Whether the survey of this round was answered; an answer before a reopening does not count."""
    return case.survey_at is not None and case.resolved_at is not None and case.survey_at >= case.resolved_at


def reopen(actor: ServiceActor, case: Appeal, reason: str) -> None:
    """Take the case up again, within 15 days of closing."""
    with acting(actor, case, "reopen", reason=reason):
        why = written(reason, "重新办理的理由")
        if not table.may_be_reopened(case):
            raise Refused(f"销号已超过 {table.REOPEN_DAYS} 天，不能重新办理；请为诉求人登记一件新的诉求。")
        event = reopening.start_again(actor.db, actor.config.appeals, case, actor.signature, why)
        tell(actor, case, event, f"您的诉求 {case.number} {event.public_text}。回复「查进度」随时可看。")


def undo_close(actor: ServiceActor, case: Appeal, reason: str) -> None:
    """A case that was closed by mistake goes back to the state before, with a new time to answer."""
    with acting(actor, case, "undo_close", reason=reason):
        why = written(reason, "撤销销号的理由")
        before = _closed_from(actor, case)
        case.closed_at = None
        if before is S.RESOLVED:
            resolving.begin_survey(actor, case, clock.now())
        states.move(
            actor.db, case, before, actor.signature, "close_undone", public_text="销号有误，已撤销", words=why
        )
        inbox.tell_unit(actor.db, case, "undone", f"{case.number} 的销号已撤销，现在是「{before.label}」。")


def _closed_from(actor: ServiceActor, case: Appeal) -> AppealState:
    query = select(AppealEvent.from_state).where(
        AppealEvent.appeal_id == case.id,
        AppealEvent.to_state == S.CLOSED,
        AppealEvent.from_state != S.CLOSED,
    )
    found = actor.db.scalar(query.order_by(AppealEvent.id.desc()).limit(1))
    return S.RESOLVED if found is None else AppealState(found)


def _refuse_unless_asked(actor: ServiceActor, case: Appeal) -> None:
    """The survey is open after 办结, until 15 days after closing; a merged case has its own, of the master's answer."""
    asked = table.surveyed(actor.db, case)
    if asked.resolved_at is None or asked.state not in (S.RESOLVED, S.CLOSED):
        raise Refused(f"{asked.number} 还没有办结，请办结后再登记回访。")
    if not table.may_be_reopened(asked):
        raise Refused(f"销号已超过 {table.REOPEN_DAYS} 天，回访已经截止。")
