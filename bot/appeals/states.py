"""The states of an appeal, and the one way along them (domain §2).

A state never moves without an event, which is written in the caller's transaction.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from bot.core import clock
from bot.core.db import next_number
from bot.core.refusals import Refusal
from models.appeals import Appeal, AppealEvent, AppealState, Serial

S = AppealState
# What may follow what (domain §2.3). Moves by staff use the same table. A case without a unit that is opened again
# goes back to the step it was in; CLOSED -> RESOLVED or NEED_INFO and all that follows MERGED undo a mistake.
ALLOWED: dict[AppealState, frozenset[AppealState]] = {
    S.SUBMITTED: frozenset({S.ACCEPTED, S.DECLINED, S.NEED_INFO, S.WITHDRAWN, S.MERGED}),
    S.NEED_INFO: frozenset({S.SUBMITTED, S.CLOSED, S.MERGED}),
    S.ACCEPTED: frozenset({S.DISPATCHED, S.RESOLVED, S.WITHDRAWN, S.MERGED}),
    S.DISPATCHED: frozenset({S.IN_PROGRESS, S.ACCEPTED, S.WITHDRAWN, S.MERGED}),
    S.IN_PROGRESS: frozenset({S.ON_HOLD, S.PENDING_REVIEW, S.WITHDRAWN, S.MERGED}),
    S.ON_HOLD: frozenset({S.IN_PROGRESS, S.MERGED}),
    S.PENDING_REVIEW: frozenset({S.IN_PROGRESS, S.RESOLVED, S.MERGED}),
    S.RESOLVED: frozenset({S.CLOSED, S.IN_PROGRESS, S.ACCEPTED, S.MERGED}),
    S.CLOSED: frozenset({S.IN_PROGRESS, S.ACCEPTED, S.SUBMITTED, S.RESOLVED, S.NEED_INFO}),
    S.DECLINED: frozenset(),
    S.MERGED: frozenset(S) - {S.DECLINED, S.CLOSED, S.MERGED, S.WITHDRAWN},
    S.WITHDRAWN: frozenset(),
}
OPEN = frozenset(S) - {S.DECLINED, S.CLOSED, S.MERGED, S.WITHDRAWN}
APPELLANT = "appellant"


class IllegalMove(Refusal):
    """The state table does not have this move; the Chinese text says what to do."""


def move(
    db: Session,
    appeal: Appeal,
    to: AppealState,
    actor: str,
    action: str,
    *,
    public_text: str | None = None,
    **detail: Any,
) -> AppealEvent:
    """Change the state along the table and write the event, or raise IllegalMove and change nothing."""
    if to not in ALLOWED[appeal.state]:
        raise IllegalMove(
            f"{appeal.number} 现在是「{appeal.state.label}」，不能变为「{to.label}」。请刷新后再看可以办什么。"
        )
    before, appeal.state = appeal.state, to
    return record(db, appeal, actor, action, before, public_text=public_text, **detail)


def record(
    db: Session,
    appeal: Appeal,
    actor: str,
    action: str,
    before: AppealState | None,
    *,
    public_text: str | None = None,
    **detail: Any,
) -> AppealEvent:
    """Write one event of a case; each but the first raises the version, so that a form opened before is stale."""
    event = AppealEvent(appeal_id=appeal.id, at=clock.now(), actor=actor, action=action, from_state=before)
    event.to_state, event.public_text, event.detail = appeal.state, public_text, detail
    if before is not None:
        appeal.version += 1
    db.add(event)
    db.flush()
    return event


def numbers(db: Session, day: date, count: int = 1) -> list[str]:
    """The next case numbers of a day. Who files at the same moment waits here for the other transaction."""
    last = next_number(db, Serial, count, day=day)
    return [f"SQ{day:%Y%m%d}{serial:03d}" for serial in range(last - count + 1, last + 1)]
