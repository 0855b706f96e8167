"""Who is signed in: a signed cookie holds the token of a row; half-way in, it names the colleague for five minutes."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import g, request, session
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from bot.console.devices import said_of
from bot.console.texts import EXPIRED
from bot.core import clock
from bot.core.db import reading, transaction
from bot.core.settings import ConsoleSettings
from bot.staff import sessions
from models.signing_in import StaffSession
from models.staff import Staff

TOKEN = "token"  # noqa: S105 — the name of the field
HALFWAY = timedelta(minutes=5)


def begin(db: Session, person: Staff) -> None:
    """Start a session for somebody who has proved who they are; nothing of an earlier one stays."""
    token = sessions.begin(db, person, request.remote_addr, said_of(request.headers.get("User-Agent", "")))
    session.clear()
    session.permanent = True
    session[TOKEN] = token


def forget() -> None:
    """This browser keeps nothing; the row is struck out by whoever calls."""
    session.clear()


def current(engine: Engine, settings: ConsoleSettings) -> tuple[Staff | None, str | None]:
    """The colleague of this request, with the row in `g.session`; else None and why their session ended."""
    g.session = None
    if TOKEN not in session:
        return None, None
    with reading(engine) as db:
        found = sessions.find(db, session[TOKEN], settings)
    if found is None:
        session.clear()
        return None, EXPIRED
    g.session = found[0]
    _note_use(engine, found[0])
    return found[1], None


def _note_use(engine: Engine, row: StaffSession) -> None:
    if sessions.is_due(row):
        with transaction(engine) as db:
            sessions.seen(db, row)


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
    fresh = timedelta(0) <= clock.now() - datetime.fromisoformat(kept[2]) < HALFWAY
    return person if person and person.active and person.session_epoch == kept[1] and fresh else None
