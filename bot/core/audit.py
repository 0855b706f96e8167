"""The audit trail: one row per act, each with a digest over itself and the row before (domain §6)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.core import clock
from bot.core.db import one_at_a_time
from bot.core.refusals import Refusal
from models.audit import AuditEntry
from models.staff import Staff

FIRST = "0" * 64
SEAL = "audit.seal"
_address: ContextVar[str | None] = ContextVar("address", default=None)


@contextmanager
def asked_from(address: str | None) -> Iterator[None]:
    """What is recorded inside the block was asked for from this network address."""
    token = _address.set(address)
    try:
        yield
    finally:
        _address.reset(token)


def record(
    db: Session,
    by: Staff | None,
    action: str,
    subject: str,
    subject_id: int | None,
    *,
    reason: str | None = None,
    **detail: Any,
) -> None:
    """Write down an act in the caller's transaction. `by` None is the system. `detail` says what changed, never an
    openid, a phone number or a person's words."""
    one_at_a_time(db, "audit")  # the chain has one end
    entry = AuditEntry(
        at=clock.now(),
        staff_id=by.id if by else None,
        role=by.role if by else None,
        action=action,
        subject=subject,
        subject_id=subject_id,
        address=_address.get(),
        reason=reason[:200] if reason else None,
        detail=detail,
        previous=db.scalar(select(AuditEntry.digest).order_by(AuditEntry.id.desc()).limit(1)) or FIRST,
    )
    entry.digest = digest(entry)
    db.add(entry)
    db.flush()


def record_refusal(db: Session, by: Staff | None, refusal: Refusal) -> None:
    """Keep an attempt on a case that this person may not see; nothing for other refusals."""
    if refusal.appeal_id is not None:
        record(db, by, "appeal.refused", "appeal", refusal.appeal_id, why=type(refusal).__name__)


def digest(entry: AuditEntry) -> str:
    """The digest that stands for a row and for all rows before it."""
    values = [
        _utc(entry.at),
        entry.staff_id,
        entry.role,
        entry.action,
        entry.subject,
        entry.subject_id,
        entry.detail,
        entry.previous,
    ]
    # Older rows had neither and must keep their digest.
    if entry.address is not None or entry.reason is not None:
        values += [entry.address, entry.reason]
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def first_break(db: Session) -> int | None:
    """The id of the first row that was changed, or that follows a removed one; None when the chain is whole."""
    expected = FIRST
    for entry in db.scalars(select(AuditEntry).order_by(AuditEntry.id).execution_options(yield_per=1000)):
        if entry.previous != expected or digest(entry) != entry.digest:
            return entry.id
        expected = entry.digest
    return None


def seal(db: Session, day: date) -> None:
    """Write down where the chain stood at the end of a Shanghai day: that rows were cut off its end shows too then."""
    end = clock.at(day + timedelta(days=1), 0)
    last = db.scalar(select(AuditEntry).where(AuditEntry.at < end).order_by(AuditEntry.id.desc()).limit(1))
    of_day = select(func.count()).where(AuditEntry.at >= clock.at(day, 0), AuditEntry.at < end)
    record(
        db,
        None,
        SEAL,
        "audit",
        last.id if last else None,
        day=day.isoformat(),
        rows=db.scalar(of_day) or 0,
        digest=last.digest if last else FIRST,
    )


def seals(db: Session, most: int) -> list[AuditEntry]:
    """The newest seals."""
    query = select(AuditEntry).where(AuditEntry.action == SEAL).order_by(AuditEntry.id.desc())
    return list(db.scalars(query.limit(most)))


def broken_seal(db: Session) -> AuditEntry | None:
    """The oldest seal whose row has changed or gone since it was sealed, or None."""
    for entry in db.scalars(select(AuditEntry).where(AuditEntry.action == SEAL).order_by(AuditEntry.id)):
        sealed = db.get(AuditEntry, entry.subject_id) if entry.subject_id else None
        if entry.subject_id and (sealed is None or sealed.digest != entry.detail["digest"]):
            return entry
    return None


def _utc(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")
