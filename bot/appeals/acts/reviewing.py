"""The office's look at a unit's result: answer the appellant, or send it back (domain §2.3)."""

from __future__ import annotations

from collections.abc import Sequence

from bot.appeals import leak_check, states
from bot.appeals.actor import acting
from bot.appeals.acts.act import Act, ActForm, Tone
from bot.appeals.acts.resolving import resolve
from bot.appeals.fields import Field, area, reason_field
from bot.appeals.wording import written
from bot.runtime.services import ServiceActor
from bot.staff import inbox
from bot.staff.rights import Right
from models.appeals import Appeal, AppealState


def approve(actor: ServiceActor, case: Appeal, public_reply: str) -> None:
    """Answer the appellant and ask how it went. The answer holds nothing of the colleagues' notes."""
    with acting(actor, case, APPROVE):
        said = leak_check.checked(actor.db, case, written(public_reply, "给诉求人的答复"))
        resolve(actor, case, said, "approved")
        inbox.tell_unit(actor.db, case, "approved", f"{case.number} 审核通过，已答复诉求人。")


def _answer_fields(actor: ServiceActor, case: Appeal) -> Sequence[Field]:
    hint = "会原样发给诉求人，并附上评价。请用诉求人看得懂的话，不要写内部情况。"
    return [area("public_reply", "给诉求人的答复", hint, value=case.drafted_reply or "", rows=10)]


APPROVE = Act(
    name="approve",
    label="审核通过并答复",
    order=190,
    right=Right.APPEAL_REVIEW,
    states=frozenset({AppealState.PENDING_REVIEW}),
    primary_in=frozenset({AppealState.PENDING_REVIEW}),
    form=ActForm(
        tone=Tone.PUBLIC,
        lead="审核单位反馈的结果，改写成给诉求人的答复。",
        button="发给诉求人并办结",
        done="已答复诉求人并办结，等待回访。",
        fields=_answer_fields,
        purpose="答复",
        box="public_reply",
        shows_result=True,
    ),
    run=lambda actor, case, given: approve(actor, case, given.text("public_reply")),
    events={"approved": "审核通过并答复"},
)


def send_back(actor: ServiceActor, case: Appeal, reason: str) -> None:
    """Not good enough yet: back to the unit (退回重办). The limit stays."""
    with acting(actor, case, SEND_BACK, reason=reason):
        why = written(reason, "退回的理由")
        case.returned_count += 1
        case.handed_in_at, case.review_due_at = None, None
        states.move(
            actor.db,
            case,
            AppealState.IN_PROGRESS,
            actor.signature,
            "sent_back",
            public_text="审核后退回承办单位继续办理",
            words=why,
        )
        inbox.tell_unit(actor.db, case, "sent_back", f"{case.number} 被退回重办，请看退回理由后再反馈。")


SEND_BACK = Act(
    name="send_back",
    label="退回重办",
    order=200,
    right=Right.APPEAL_REVIEW,
    states=frozenset({AppealState.PENDING_REVIEW}),
    form=ActForm(
        tone=Tone.INTERNAL,
        lead="结果不够好，退回承办单位继续办理；原时限不变。",
        button="退回重办",
        done="已退回承办单位。",
        fields=[reason_field("退回的理由", "内部：单位看得到，诉求人看不到。")],
        shows_result=True,
    ),
    run=lambda actor, case, given: send_back(actor, case, given.text("reason")),
    question="确定把这件诉求退回承办单位重办吗？退回次数会记入统计。",
    events={"sent_back": "退回重办"},
)
