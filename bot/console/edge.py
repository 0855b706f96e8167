"""What stands between a request and a view: who asks, may they, one session or transaction, and refusals told kindly."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, cast

from flask import Flask, flash, g, make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import exc
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import NotFound as NotFoundPage
from werkzeug.wrappers import Response

from bot.console import form_keys, sessions, texts
from bot.console.family import PUBLIC, Family, Page, Rule, allowed
from bot.core import audit
from bot.core.db import reading, transaction
from bot.core.logs import get_logger, new_incident
from bot.core.refusals import NotFound, Refusal, Stale, TooLarge
from bot.core.uploads import MOST_BODY
from bot.runtime.services import Services
from bot.staff import inbox
from bot.staff.rights import Denied
from models.staff import Staff

log = get_logger(__name__)
CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

AWAY = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError)  # the database, for a moment
ErrorPage = Callable[[int, str], Any]  # the status and the number of the incident, or empty


class Undo(Exception):
    """A POST answered with a page instead of a redirect: nothing of it may stay."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page


class Edge:
    """Wraps views. `g.db` is the session, `g.staff` the colleague, `g.services` the parts."""

    def __init__(self, services: Services, csrf: CSRFProtect) -> None:
        self._services, self._csrf = services, csrf

    def wrap(self, rule: Rule, family: Family) -> Callable[..., Response]:
        """The view with everything before and after it."""

        @functools.wraps(rule.view)
        def run(**arguments: Any) -> Response:
            g.services, g.family, g.staff = self._services, family, None
            request.max_content_length = MOST_BODY
            with audit.asked_from(request.remote_addr):
                return self._admit(rule) or self._served(rule, arguments)

        return cast(Callable[..., Response], run)

    def _served(self, rule: Rule, arguments: dict[str, Any]) -> Response:
        """The view's answer, or the page of what it refused."""
        visitor = g.staff
        try:
            _refuse_nul()
            if request.method == "POST":
                self._csrf.protect()
            return self._run_own(rule, arguments) if rule.own else self._run(rule, arguments)
        except Refusal as refusal:
            g.staff = visitor
            return self._refused(refusal)
        except HTTPException as error:
            g.staff = visitor
            return (
                page_of(error.code) if error.code and error.code >= 400 else _response(error.get_response())
            )
        finally:
            g.staff = visitor  # the row of a session that is over cannot be read any more

    def _admit(self, rule: Rule) -> Response | None:
        """Find out who asks; the answer when they may not."""
        g.staff, why = sessions.current(self._services.engine, self._services.config.console)
        if g.staff is not None:
            with reading(self._services.engine) as db:
                g.unread = inbox.unread(db, g.staff)
        if rule.permission is PUBLIC:
            return None
        if g.staff is None:
            flash(why or texts.SIGN_IN_FIRST, "warn")
            back = request.full_path.rstrip("?") if request.method == "GET" else _form_sent()
            return redirect(url_for("console.sign_in", next=back))
        if not allowed(rule.permission, g.staff):
            self._note_denied(g.staff)
            return page_of(403)
        return None

    def _run(self, rule: Rule, arguments: dict[str, Any]) -> Response:
        if request.method != "POST":
            with reading(self._services.engine) as db:
                return self._run_in(db, rule, arguments)
        try:
            with transaction(self._services.engine) as db:
                key, said = form_keys.take(db), form_keys.said_so_far()
                if key is None and (row := form_keys.used(db)) is not None:
                    return form_keys.shown_again(row, has_page="GET" in rule.methods)
                answer = self._run_in(db, rule, arguments)
                if not _stays(answer):
                    raise Undo(answer)
                form_keys.keep(db, key, answer, said)
                self._services.rows_made(db)
                return answer
        except Undo as undone:
            return _response(undone.page)

    def _run_own(self, rule: Rule, arguments: dict[str, Any]) -> Response:
        """A view with transactions of its own; its form's key is looked up before and written down after them."""
        if request.method != "POST":
            return _response(rule.view(**arguments))
        with reading(self._services.engine) as db:
            row = form_keys.used(db)
        if row is not None:
            return form_keys.shown_again(row, has_page="GET" in rule.methods)
        said, answer = form_keys.said_so_far(), _response(rule.view(**arguments))
        if _stays(answer):
            with transaction(self._services.engine) as db:
                form_keys.keep(db, form_keys.take(db), answer, said)
        return answer

    def _run_in(self, db: Session, rule: Rule, arguments: dict[str, Any]) -> Response:
        """The colleague's row belongs to this session, so that what is decided holds with what is written."""
        g.db = db
        if g.staff is not None:
            g.staff = db.get_one(Staff, g.staff.id)
        return _response(rule.view(**arguments))

    def _refused(self, refusal: Refusal) -> Response:
        """A refusal as a page; attempts that domain §6 wants kept leave a row in a transaction of their own."""
        with transaction(self._services.engine) as db:
            by = db.get(Staff, g.staff.id) if g.staff else None
            audit.record_refusal(db, by, refusal)
        if isinstance(refusal, Denied):
            self._note_denied(g.staff)
            return page_of(403, str(refusal))
        if isinstance(refusal, NotFound):
            return page_of(404, str(refusal))
        if isinstance(refusal, TooLarge):
            return page_of(413, str(refusal))
        if isinstance(refusal, Stale):
            return page_of(409, str(refusal))
        return page_of(409, str(refusal), title="没有办理")

    def _note_denied(self, by: Staff) -> None:
        with transaction(self._services.engine) as db:
            audit.record(
                db, db.get(Staff, by.id), "console.denied", "page", None,
                method=request.method, page=str(request.url_rule),
            )  # fmt: skip

    def install_errors(self, app: Flask, elsewhere: ErrorPage) -> None:
        """Calm pages for what goes wrong; `elsewhere` makes those outside /console."""

        def http_error(error: HTTPException) -> Any:
            code = error.code or 500
            if code < 400:
                return error
            return page_of(code) if request.path.startswith("/console") else elsewhere(code, "")

        def crash(error: Exception) -> Any:
            incident, code = new_incident(), 503 if isinstance(error, AWAY) else 500
            log.exception("page_failed", incident=incident)
            if not request.path.startswith("/console"):
                return elsewhere(code, incident)
            return page_of(code, f"{texts.ERRORS[code][1]}事故编号 {incident}。")

        app.register_error_handler(HTTPException, http_error)
        app.register_error_handler(Exception, crash)


def page_of(code: int, text: str = "", *, title: str = "") -> Response:
    """The page of an error."""
    known = texts.ERRORS.get(code, texts.ERRORS[500])
    if "staff" not in g:
        g.staff = None
    body = render_template(
        "base/error.html", title=title or known[0], text=text or known[1], code=code, form=_form_sent()
    )
    answer = _response((body, code))
    return headers(answer)


def _refuse_nul() -> None:
    """No address of ours has a NUL, and a database may stumble over it."""
    if any("\x00" in said for said in (request.path, *request.args.values())):
        raise NotFoundPage


def _response(page: Page) -> Response:
    return make_response(page)


def _form_sent() -> str | None:
    """The page of the form that was sent; the script puts back what was typed there."""
    opens = request.url_rule is not None and "GET" in (request.url_rule.methods or ())
    return request.path if request.method == "POST" and opens else None


def _stays(answer: Response) -> bool:
    """Whether what a POST wrote is kept: it leads to another page, or is an answer in itself."""
    return 300 <= answer.status_code < 400 or "Content-Disposition" in answer.headers


def headers(answer: Response) -> Response:
    """No script but ours, no frame, nothing kept by caches."""
    answer.headers.setdefault("Content-Security-Policy", CSP)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["X-Frame-Options"] = "DENY"
    answer.headers["Referrer-Policy"] = "same-origin"
    if "static" not in str(request.endpoint):
        answer.headers["Cache-Control"] = "no-store"
    return answer
