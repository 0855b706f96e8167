"""Why a verb was not done; each text says in Chinese what to do. The edge shows it and keeps what has to be kept."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.core import audit
from models.staff import Staff


class Trouble(Exception):
    """Something was refused. `appeal_id` is set when domain §6 wants the attempt in the audit trail: the edge calls
    `note_refusal` in a transaction of its own, because this one is rolled back."""

    def __init__(self, words: str, *, appeal_id: int | None = None) -> None:
        super().__init__(words)
        self.appeal_id = appeal_id


class NotFound(Trouble):
    """No such case, or not one of theirs: the same answer."""


class Stale(Trouble):
    """Somebody else has changed the case since this person looked at it."""


class Refused(Trouble):
    """A guard is not met."""


class TooLarge(Refused):
    """What was handed in is more than is taken at once."""


def note_refusal(db: Session, by: Staff | None, trouble: Exception) -> None:
    """Keep an attempt on a case that this person may not see; nothing for other troubles."""
    appeal_id = getattr(trouble, "appeal_id", None)
    if appeal_id is not None:
        audit.record(db, by, "appeal.refused", "appeal", appeal_id, why=type(trouble).__name__)
