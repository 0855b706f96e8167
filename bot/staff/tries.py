"""Wrong tries at signing in slow down whoever makes them, never the colleague whose name is tried.

They are counted per name and place in rows, also for names that nobody has: what a stranger is told, and how long it
takes, is the same. After many tries for one name from all over, strangers' devices wait for each other; a device that
this colleague has signed in with before passes. A new one-time link ends every wait.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from bot.core import audit, clock
from bot.core.db import insert_or_set
from models.signing_in import SignInFailure
from models.staff import Staff

FREE = 5  # wrong ones without a wait
LONGEST = timedelta(minutes=15)
FORGOTTEN = timedelta(hours=1)  # after a quiet hour the count begins anew
MANY = 30  # for one name, from all places since the last right one
GAP = timedelta(seconds=10)  # between the tries of strangers then
CODES = "codes"  # who tries codes knows the password: all places count as one


@dataclass(frozen=True)
class Try:
    """One try: the name as typed, where it comes from, and whether this colleague has signed in from there before."""

    name: str
    source: str
    known: bool = False

    @property
    def key(self) -> str:
        """What stands for the name in the row."""
        return hashlib.sha256(self.name.encode()).hexdigest()


def must_wait(db: Session, one: Try, person: Staff | None) -> bool:
    """Whether this try does not count, right or wrong."""
    moment = clock.now()
    if person is not None and not one.known and _is_slowed(person, moment):
        return True
    row = db.scalar(_rows(one))
    left = row.last_at + _wait(row.count) - moment if row is not None else timedelta(0)
    return timedelta(0) < left <= LONGEST  # more is the work of a clock that jumped


def _rows(one: Try) -> Select[SignInFailure]:
    return select(SignInFailure).where(
        SignInFailure.name_digest == one.key, SignInFailure.source == one.source
    )


def _is_slowed(person: Staff, moment: datetime) -> bool:
    until = person.locked_until
    return until is not None and moment < until <= moment + GAP


def _wait(count: int) -> timedelta:
    """1, 2, 4, 8, 15 minutes, once there were too many."""
    return min(timedelta(minutes=2 ** min(count - FREE, 10)), LONGEST) if count >= FREE else timedelta(0)


def failed(db: Session, one: Try, person: Staff | None) -> None:
    """Count a wrong try."""
    moment = clock.now()
    before = db.scalar(_rows(one))
    goes_on = before is not None and timedelta(0) <= moment - before.last_at < FORGOTTEN
    count = before.count + 1 if before is not None and goes_on else 1
    row = {"name_digest": one.key, "source": one.source, "count": count, "last_at": moment}
    insert_or_set(
        db,
        SignInFailure,
        [row],
        key=("name_digest", "source"),
        changes=lambda new: {"count": new["count"], "last_at": new["last_at"]},
    )
    audit.record(db, None, "staff.sign_in_failed", "staff", person.id if person else None)
    if count >= FREE:
        audit.record(db, None, "staff.locked", "staff", person.id if person else None)
    if person is not None:
        _count(person, moment)


def _count(person: Staff, moment: datetime) -> None:
    person.failed_sign_ins += 1
    if person.failed_sign_ins >= MANY:
        person.locked_until = moment + GAP


def cleared(db: Session, one: Try, person: Staff) -> None:
    """It was right: this place's count begins anew, and so does the name's."""
    sources = SignInFailure.source.in_((one.source, CODES))
    db.execute(delete(SignInFailure).where(SignInFailure.name_digest == one.key, sources))
    person.failed_sign_ins, person.locked_until = 0, None


def forget(db: Session, person: Staff) -> None:
    """A new password by a link: whatever was counted for the name is over."""
    db.execute(delete(SignInFailure).where(SignInFailure.name_digest == Try(person.name, "").key))
    person.failed_sign_ins, person.locked_until = 0, None


def forget_old(db: Session, moment: datetime) -> None:
    """Clear away what counts no more."""
    db.execute(delete(SignInFailure).where(SignInFailure.last_at < moment - FORGOTTEN))
