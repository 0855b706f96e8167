"""Browsers that are signed in, one row each: struck out one by one or all together, and over when idle or too old."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.core import audit, clock
from bot.core.actor import Actor
from bot.core.refusals import NotFound
from bot.core.settings import ConsoleSettings
from models.signing_in import StaffSession
from models.staff import Staff

SEEN_EVERY = timedelta(minutes=1)
LEEWAY = timedelta(
    minutes=5
)  # of a clock that was put right; what lies further ahead was written by a wrong one


def begin(db: Session, person: Staff, address: str | None, device: str) -> str:
    """A new session; its token is for the browser alone."""
    token, moment = secrets.token_urlsafe(32), clock.now()
    db.add(
        StaffSession(
            staff_id=person.id,
            digest=_digest(token),
            began_at=moment,
            seen_at=moment,
            address=address,
            device=device[:64],
        )
    )
    return token


def find(db: Session, token: str, settings: ConsoleSettings) -> tuple[StaffSession, Staff] | None:
    """The session with this token and whose it is, while it lasts and the colleague is active."""
    query = select(StaffSession, Staff).join(Staff, Staff.id == StaffSession.staff_id)
    found = db.execute(query.where(StaffSession.digest == _digest(token), Staff.active)).one_or_none()
    if found is None or not _lasts(found[0], settings):
        return None
    return found[0], found[1]


def _lasts(row: StaffSession, settings: ConsoleSettings) -> bool:
    moment = clock.now()
    return (
        _within(moment - row.began_at, timedelta(hours=settings.session_hours))
        and _within(moment - row.seen_at, timedelta(minutes=settings.idle_minutes))
    )  # fmt: skip


def _within(past: timedelta, most: timedelta) -> bool:
    return -LEEWAY <= past <= most


def is_due(row: StaffSession) -> bool:
    """Whether it should be written down that the session is in use."""
    return clock.now() - row.seen_at > SEEN_EVERY


def seen(db: Session, row: StaffSession) -> None:
    """Write it down; what was struck out meanwhile stays so."""
    db.execute(update(StaffSession).where(StaffSession.id == row.id).values(seen_at=clock.now()))


def of(db: Session, person: Staff, settings: ConsoleSettings) -> list[StaffSession]:
    """Where somebody is signed in, the last used first."""
    mine = select(StaffSession).where(StaffSession.staff_id == person.id)
    return [row for row in db.scalars(mine.order_by(StaffSession.seen_at.desc())) if _lasts(row, settings)]


def end(actor: Actor, person: Staff, session_id: int) -> None:
    """Sign somebody out of one browser."""
    row = actor.db.get(StaffSession, session_id)
    if row is None or row.staff_id != person.id:
        raise NotFound("这一处已经退出，或不是您的登录。请回到「我的账户」查看。")
    actor.db.delete(row)
    audit.record(actor.db, actor.by, "staff.session_ended", "staff", person.id)


def end_all(actor: Actor, person: Staff) -> None:
    """Sign somebody out everywhere."""
    strike_out(actor.db, person)
    audit.record(actor.db, actor.by, "staff.sessions_ended", "staff", person.id)


def strike_out(db: Session, person: Staff) -> None:
    """No browser is signed in as this person any more, nor half-way in."""
    person.session_epoch += 1
    db.execute(delete(StaffSession).where(StaffSession.staff_id == person.id))


def forget_old(db: Session, settings: ConsoleSettings, moment: datetime) -> None:
    """Clear away what is over anyway."""
    old = moment - timedelta(hours=settings.session_hours)
    db.execute(delete(StaffSession).where(StaffSession.began_at < old))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
