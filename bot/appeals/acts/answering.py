"""The office answers the appellant itself: a 咨询 at once, and any open case in between (domain §2.3)."""

from __future__ import annotations

from bot.appeals import deadlines, leak_check, states
from bot.appeals.actor import acting
from bot.appeals.acts.act import Act, ActForm, Place, Tone
from bot.appeals.acts.resolving import resolve
from bot.appeals.fields import area
from bot.appeals.messages import tell
from bot.appeals.wording import written
from bot.core import clock, workdays
from bot.core.refusals import Refused
from bot.runtime.services import ServiceActor
from bot.staff.rights import Right
from models.appeals import Appeal, AppealState

AT_ONCE = "咨询"  # the type of case that needs no unit


def answer_at_once(actor: ServiceActor, case: Appeal, reply: str) -> None:
    """Answer a 咨询 without a unit; the answer is the first contact too."""
    with acting(actor, case, ANSWER_AT_ONCE):
        if case.type != AT_ONCE:
            raise Refused(f"{case.number} 是{case.type}，不能当即答复；请派单。只有咨询类可以当即答复。")
        said = leak_check.checked(actor.db, case, written(reply, "答复内容"))
        assert case.accepted_at is not None
        case.limit_days = deadlines.handling_days(
            actor.config.appeals, case.type, case.urgency, case.difficulty
        )
        case.due_at = workdays.deadline(case.accepted_at, case.limit_days, actor.config.appeals.close).at
        days = deadlines.contact_days(actor.config.appeals, case.urgency)
        case.contact_due_at = workdays.deadline(case.accepted_at, days, actor.config.appeals.close).at
        case.first_contact_at = case.first_contact_at or clock.now()
        case.result, case.result_class = said, "解释说明"
        resolve(actor, case, said, "answered")


ANSWER_AT_ONCE = Act(
    name="answer_at_once",
    label="当即答复",
    order=50,
    right=Right.APPEAL_ACCEPT,
    states=frozenset({AppealState.ACCEPTED}),
    primary_in=frozenset({AppealState.ACCEPTED}),
    form=ActForm(
        tone=Tone.PUBLIC,
        lead="咨询类可以不派单，直接答复并办结。",
        button="发给诉求人并办结",
        done="已答复诉求人并办结，等待回访。",
        fields=[area("reply", "答复内容", "会原样发给诉求人，并附上评价。", rows=10)],
        purpose="答复",
        box="reply",
    ),
    run=lambda actor, case, given: answer_at_once(actor, case, given.text("reply")),
    fits=lambda case: case.type == AT_ONCE,
    events={"answered": "当即答复"},
)


def reply(actor: ServiceActor, case: Appeal, words: str) -> None:
    """An answer in between, by the office."""
    with acting(actor, case, REPLY):
        said = leak_check.checked(actor.db, case, written(words, "给诉求人的答复"))
        event = states.record(actor.db, case, actor.signature, "replied", case.state, public_text=said)
        tell(actor, case, event, f"关于您的诉求 {case.number}：\n{said}\n需要补充的话，请回复「补充」。")


REPLY = Act(
    name="reply",
    label="答复诉求人",
    order=290,
    right=Right.APPEAL_ACCEPT,
    states=states.OPEN,
    form=ActForm(
        tone=Tone.PUBLIC,
        lead="办理过程中给诉求人的答复，会马上发出。",
        button="发给诉求人",
        done="答复已发出。",
        again="发过同样的答复",
        fields=[area("words", "给诉求人的答复", "会原样发给诉求人。", rows=8)],
        purpose="答复",
        box="words",
    ),
    run=lambda actor, case, given: reply(actor, case, given.text("words")),
    place=Place.WRITING,
    events={"replied": "答复诉求人"},
)
