"""Who is signed in: a signed cookie names the colleague, the hour it began, the last use, and the epoch of the row."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import session
from sqlalchemy.orm import Session

from bot.console.texts import EXPIRED
from bot.core import clock
from bot.core.settings import ConsoleSettings
from models.staff import Staff

SEEN_EVERY = timedelta(minutes=1)


def begin(person: Staff) -> None:
    """Start a session for somebody who has proved who they are; nothing of an earlier one stays."""
    session.clear()
    session.permanent = True
    moment = clock.now().isoformat()
    session.update(staff=person.id, epoch=person.session_epoch, since=moment, seen=moment)


def end() -> None:
    """Sign out."""
    session.clear()


def current(db: Session, settings: ConsoleSettings) -> tuple[Staff | None, str | None]:
    """The colleague of this request; else None and why their session ended."""
    if "staff" not in session:
        return None, None
    person = db.get(Staff, session["staff"])
    moment = clock.now()
    since, seen = datetime.fromisoformat(session["since"]), datetime.fromisoformat(session["seen"])
    over = moment - since > timedelta(hours=settings.session_hours)
    idle = moment - seen > timedelta(minutes=settings.idle_minutes)
    if person is None or not person.active or person.session_epoch != session["epoch"] or over or idle:
        session.clear()
        return None, EXPIRED
    if moment - seen > SEEN_EVERY:
        session["seen"] = moment.isoformat()
    return person, None


def halfway(person: Staff | None) -> None:
    """The password was right, the code is still asked for; None forgets it."""
    session.pop("half", None)
    if person is not None:
        session["half"] = [person.id, person.session_epoch, clock.now().isoformat()]


def half(db: Session, *, lock: bool = False) -> Staff | None:
    """Who gave the right password within the last five minutes. `lock` the row, so that a code counts once."""
    kept = session.get("half")
    if not kept:
        return None
    person = db.get(Staff, kept[0], with_for_update={"of": Staff} if lock else None)
    fresh = clock.now() - datetime.fromisoformat(kept[2]) < timedelta(minutes=5)
    return person if person and person.active and person.session_epoch == kept[1] and fresh else None
