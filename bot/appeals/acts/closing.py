"""After 办结: closing, reopening, and undoing a wrong close (domain §2.3)."""

from __future__ import annotations

from sqlalchemy import select

from bot.appeals import states
from bot.appeals.actor import acting
from bot.appeals.acts import reopening, resolving
from bot.appeals.acts.act import Act, ActForm, Place, Tone
from bot.appeals.fields import reason_field
from bot.appeals.messages import tell
from bot.appeals.rounds import is_answered, is_unhappy
from bot.appeals.wording import when, written
from bot.core import clock
from bot.core.refusals import Refused
from bot.runtime.services import ServiceActor
from bot.staff import inbox
from bot.staff.rights import Right
from models.appeals import Appeal, AppealEvent, AppealState

S = AppealState


def close(actor: ServiceActor, case: Appeal, reason: str) -> None:
    """Close a case whose survey was answered, or was open for its days with one reminder."""
    with acting(actor, case, CLOSE, reason=reason):
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


CLOSE = Act(
    name="close",
    label="销号",
    order=220,
    right=Right.APPEAL_CLOSE,
    states=frozenset({S.RESOLVED}),
    primary_in=frozenset({S.RESOLVED}),
    primary_while=lambda db, case, by: is_answered(case) and not is_unhappy(case),
    form=ActForm(
        tone=Tone.INTERNAL,
        lead="已回访，或回访期满并提醒过的，可以销号。",
        button="销号",
        done="已销号。",
        fields=[reason_field("销号理由")],
    ),
    run=lambda actor, case, given: close(actor, case, given.text("reason")),
    events={"closed": "销号"},
)


def reopen(actor: ServiceActor, case: Appeal, reason: str) -> None:
    """Take the case up again, within 15 days of closing."""
    with acting(actor, case, REOPEN, reason=reason):
        why = written(reason, "重新办理的理由")
        if not reopening.may_be_reopened(case):
            raise Refused(
                f"销号已超过 {reopening.REOPEN_DAYS} 天，不能重新办理；请为诉求人登记一件新的诉求。"
            )
        event = reopening.start_again(actor.db, actor.config.appeals, case, actor.signature, why)
        tell(actor, case, event, f"您的诉求 {case.number} {event.public_text}。回复「查进度」随时可看。")


REOPEN = Act(
    name="reopen",
    label="重新办理",
    order=230,
    right=Right.APPEAL_CLOSE,
    states=frozenset({S.RESOLVED, S.CLOSED}),
    primary_in=frozenset({S.RESOLVED}),
    primary_while=lambda db, case, by: is_answered(case) and is_unhappy(case),
    form=ActForm(
        tone=Tone.INTERNAL,
        lead="交回原承办单位，重新计算办理时限，并告诉诉求人。",
        button="重新办理",
        done="已重新办理。",
        fields=[reason_field("重新办理的理由", "内部：单位看得到，诉求人看不到。")],
    ),
    run=lambda actor, case, given: reopen(actor, case, given.text("reason")),
    fits=reopening.may_be_reopened,
    events={"reopened": "重新办理"},
)


def undo_close(actor: ServiceActor, case: Appeal, reason: str) -> None:
    """A case that was closed by mistake goes back to the state before, with a new time to answer."""
    with acting(actor, case, UNDO_CLOSE, reason=reason):
        why = written(reason, "撤销销号的理由")
        before = _closed_from(actor, case)
        case.closed_at = None
        if before is S.RESOLVED:
            resolving.begin_survey(actor, case, clock.now())
        states.move(
            actor.db, case, before, actor.signature, "close_undone", public_text="销号有误，已撤销", words=why
        )
        inbox.tell_unit(actor.db, case, "undone", f"{case.number} 的销号已撤销，现在是「{before.label}」。")


UNDO_CLOSE = Act(
    name="undo_close",
    label="撤销销号",
    order=240,
    right=Right.APPEAL_CLOSE,
    states=frozenset({S.CLOSED}),
    form=ActForm(
        tone=Tone.INTERNAL,
        lead="只用于误操作。回到销号前的状态。",
        button="撤销销号",
        done="已撤销销号。",
        fields=[reason_field()],
    ),
    run=lambda actor, case, given: undo_close(actor, case, given.text("reason")),
    place=Place.RARE,
    question="确定撤销销号吗？诉求会回到销号前的状态。",
    events={"close_undone": "撤销销号"},
)


def _closed_from(actor: ServiceActor, case: Appeal) -> AppealState:
    query = select(AppealEvent.from_state).where(
        AppealEvent.appeal_id == case.id,
        AppealEvent.to_state == S.CLOSED,
        AppealEvent.from_state != S.CLOSED,
    )
    found = actor.db.scalar(query.order_by(AppealEvent.id.desc()).limit(1))
    return S.RESOLVED if found is None else AppealState(found)
