"""The audit trail: one row per act, each with a digest over itself and the row before (domain §6)."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import clock
from bot.db import one_at_a_time
from models.audit import AuditEntry
from models.staff import Staff

FIRST = "0" * 64


def record(
    db: Session,
    by: Staff | None,
    action: str,
    subject: str,
    subject_id: int | None,
    *,
    address: str | None = None,
    reason: str | None = None,
    **detail: Any,
) -> None:
    """Write down an act in the caller's transaction. `by` None is the system, `address` where the request came from.
    `detail` holds what changed and why; never an openid, a phone or a person's words."""
    one_at_a_time(db, "audit")  # the chain has one end
    entry = AuditEntry(
        at=clock.now(),
        staff_id=by.id if by else None,
        role=by.role if by else None,
        action=action,
        subject=subject,
        subject_id=subject_id,
        address=address,
        reason=reason[:200] if reason else None,
        detail=detail,
        previous=db.scalar(select(AuditEntry.digest).order_by(AuditEntry.id.desc()).limit(1)) or FIRST,
    )
    entry.digest = digest(entry)
    db.add(entry)
    db.flush()


def digest(entry: AuditEntry) -> str:
    """What stands for a row and all before it."""
    said = [
        _utc(entry.at),
        entry.staff_id,
        entry.role,
        entry.action,
        entry.subject,
        entry.subject_id,
        entry.detail,
        entry.previous,
    ]
    if (
        entry.address is not None or entry.reason is not None
    ):  # rows from before these columns keep their digest
        said += [entry.address, entry.reason]
    words = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(words.encode()).hexdigest()


def first_break(db: Session) -> int | None:
    """The id of the first row that was changed, or that follows a removed one; None when the chain is whole."""
    expected = FIRST
    for entry in db.scalars(select(AuditEntry).order_by(AuditEntry.id).execution_options(yield_per=1000)):
        if entry.previous != expected or digest(entry) != entry.digest:
            return entry.id
        expected = entry.digest
    return None


def _utc(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")
