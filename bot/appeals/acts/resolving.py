"""办结: the public answer goes out with the survey, and the follow-up begins."""

from __future__ import annotations

from datetime import datetime

from bot.appeals import deadlines, states
from bot.appeals.messages import tell
from bot.core import clock
from bot.runtime.services import ServiceActor
from models.appeals import Appeal, AppealState


def resolve(actor: ServiceActor, case: Appeal, public_reply: str, action: str) -> None:
    """Move the case to 已办结 and send its answer with the survey."""
    moment = clock.now()
    case.public_reply, case.resolved_at, case.review_due_at = public_reply, moment, None
    begin_survey(actor, case, moment)
    event = states.move(
        actor.db, case, AppealState.RESOLVED, actor.signature, action, public_text=f"答复：{public_reply}"
    )
    tell(actor, case, event, f"您的诉求 {case.number} 已办结。\n答复：{public_reply}", with_survey=True)


def begin_survey(actor: ServiceActor, case: Appeal, moment: datetime) -> None:
    """Open the follow-up for its days."""
    case.survey_due_at = deadlines.plain_days(
        moment, actor.config.appeals.survey_days, actor.config.appeals.close
    ).at
    case.survey_reminded_at = None
