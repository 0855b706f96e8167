"""Forms count once: each carries a key of its own, and a key that has done something is answered with what it did, so
that a form that is sent again after «back» does nothing twice."""

from __future__ import annotations

import secrets
from hashlib import sha256

from flask import flash, g, redirect, request, session, url_for
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.core import clock
from bot.core.db import insert_once
from models.form_keys import FormKey

FIELD = "form_key"
MOST_KEY = 64
SHOWN_ONCE = "link"  # the kind of message that is kept nowhere


def hidden() -> Markup:
    """What every form carries: the sign that it is ours, and its key."""
    fields = Markup('<input type="hidden" name="{}" value="{}">')
    return fields.format("csrf_token", generate_csrf()) + fields.format(FIELD, secrets.token_urlsafe(12))


def take(db: Session) -> int | None:
    """Take this form's key for as long as the transaction lasts: the row to `keep`. None when it is used already or when
    there is none; a form that is being worked on at this moment is waited for."""
    digest = _digest()
    return insert_once(db, FormKey, digest=digest, at=clock.now(), location=None, said=[]) if digest else None


def keep(db: Session, row_id: int | None, answer: Response, said_before: int) -> None:
    """Write down what the form has done."""
    row = db.get(FormKey, row_id) if row_id is not None else None
    if row is None:
        return
    row.location = answer.headers.get("Location")
    row.said = [[kind, words] for kind, words in _messages()[said_before:] if kind != SHOWN_ONCE]


def used(db: Session) -> FormKey | None:
    """The row of this form's key, when it has done something before."""
    digest = _digest()
    return db.scalar(select(FormKey).where(FormKey.digest == digest)) if digest else None


def shown_again(row: FormKey, *, has_page: bool) -> Response:
    """What the first did, with a word that nothing was done this time. `has_page`: the form's address can be opened."""
    said = "".join(words for _kind, words in row.said)
    then = f"当时的结果：{said}" if said else ""
    flash(f"{clock.local(row.at):%H:%M} 已提交过这张表单，没有再办一次。{then}", "again")
    return redirect(row.location or (request.path if has_page else url_for("console.home")))


def said_so_far() -> int:
    """How many messages already wait for the next page."""
    return len(_messages())


def _digest() -> str:
    """The key as its colleague sent it from its page; "" without one."""
    key = request.form.get(FIELD, "")[:MOST_KEY]
    if not key or g.staff is None:
        return ""
    return sha256(f"{g.staff.id}\n{request.path}\n{key}".encode()).hexdigest()


def _messages() -> list[tuple[str, str]]:
    return list(session.get("_flashes", []))
