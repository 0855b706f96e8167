"""The office's look at a unit's result: answer the appellant, or send it back (domain §2.3)."""

from __future__ import annotations

from bot.appeals import leak_check, states
from bot.appeals.actor import acting
from bot.appeals.acts.resolving import resolve
from bot.appeals.wording import written
from bot.runtime.services import ServiceActor
from bot.staff import inbox
from models.appeals import Appeal, AppealState


def approve(actor: ServiceActor, case: Appeal, public_reply: str) -> None:
    """Answer the appellant and ask how it went. The answer holds nothing of the colleagues' notes."""
    with acting(actor, case, "approve"):
        said = leak_check.checked(actor.db, case, written(public_reply, "给诉求人的答复"))
        resolve(actor, case, said, "approved")
        inbox.tell_unit(actor.db, case, "approved", f"{case.number} 审核通过，已答复诉求人。")


def send_back(actor: ServiceActor, case: Appeal, reason: str) -> None:
    """Not good enough yet: back to the unit (退回重办). The limit stays."""
    with acting(actor, case, "send_back", reason=reason):
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
