"""Puts the console into the web application: families found by package scan, sessions, CSRF, limits, headers."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from flask import Blueprint, Flask, g, request, send_from_directory
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from bot.appeals import wording
from bot.console import form_keys, pages, texts
from bot.console.edge import Edge, ErrorPage, headers
from bot.console.family import PUBLIC, Family, Page, Rule, menu
from bot.console.safe_words import plainly, said
from bot.core import clock
from bot.runtime.services import Services
from bot.staff.rights import LABELS

STATIC = f"{__file__.rsplit('/', 1)[0]}/static"


@cache
def families() -> tuple[Family, ...]:
    """Every page family."""
    found = []
    for module in sorted(pkgutil.walk_packages(pages.__path__, f"{pages.__name__}."), key=lambda m: m.name):
        family = getattr(importlib.import_module(module.name), "page", None)
        if isinstance(family, Family):
            found.append(family)
    return tuple(found)


def install(app: Flask, services: Services, elsewhere: ErrorPage) -> None:
    """Add the console below /console. The webhook and the public pages know nothing of sessions and CSRF. `elsewhere`
    makes the page of an error outside the console."""
    https = services.config.server.public_url.startswith("https:")
    app.secret_key = services.key_for("console")
    app.config.update(
        SESSION_COOKIE_NAME="__Host-tongxin" if https else "tongxin",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=services.config.console.session_hours),
        SESSION_REFRESH_EACH_REQUEST=False,  # public pages set no cookie
        WTF_CSRF_CHECK_DEFAULT=False,  # the edge checks it, for the console only
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a long answer is not lost by its form's age
    )
    with _hooks_of_console(app):
        csrf = CSRFProtect(app)
        # Each process counts for itself; what must hold over all of them is counted in rows (bot/staff/signing_in.py).
        limiter = Limiter(get_remote_address, app=app, storage_uri="memory://", default_limits=[])
    edge = Edge(services, csrf)
    bp = Blueprint("console", __name__, url_prefix="/console", template_folder="templates")
    for family in families():
        for rule in family.rules:
            view = edge.wrap(rule, family)
            if rule.limit:
                view = limiter.limit(rule.limit, methods=["POST"], error_message=texts.TOO_MANY)(view)
            view.permission = rule.permission  # type: ignore[attr-defined]
            passed_on = (
                "<link:" in rule.path
            )  # people send it to each other, sometimes with a slash behind it
            bp.add_url_rule(
                rule.path, rule.view.__name__, view, methods=list(rule.methods), strict_slashes=not passed_on
            )

    nowhere = edge.wrap(Rule("/<path:rest>", ("GET",), PUBLIC, _nowhere), Family("nowhere", "", "", PUBLIC))
    nowhere.permission = PUBLIC  # type: ignore[attr-defined]
    bp.add_url_rule("/<path:rest>", "nowhere", nowhere)

    def static(filename: str) -> Response:
        return send_from_directory(STATIC, filename, max_age=3600)

    static.permission = PUBLIC  # type: ignore[attr-defined]
    bp.add_url_rule("/static/<path:filename>", "static", static)
    bp.after_request(headers)
    app.context_processor(lambda: _shared(services) if request.path.startswith("/console") else {})
    for name, filter_ in _filters().items():
        bp.add_app_template_filter(filter_, name)
    app.jinja_env.globals["form_keys"] = form_keys.hidden
    app.register_blueprint(bp)
    edge.install_errors(app, elsewhere)


@contextmanager
def _hooks_of_console(app: Flask) -> Iterator[None]:
    """Extensions hook into every request; what they add inside the block runs for the console's alone, so that a
    message of the webhook does not pay for it."""
    registries: list[Any] = [app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs]
    before = [registry.pop(None, []) for registry in registries]
    yield
    for registry, kept in zip(registries, before, strict=True):
        registry["console"] += registry.pop(None, [])
        registry[None] += kept


def _nowhere(rest: str) -> Page:
    """An address without a page: said in the console's own frame, with the menu of the person who is signed in."""
    raise NotFound


def _shared(services: Services) -> dict[str, Any]:
    by = g.get("staff")
    return {
        "operator": services.config.privacy.operator_name,
        "me": by,
        "my_role": LABELS[by.role] if by else "",
        "menu": menu(families(), by) if by else [],
        "here": request.path,
        "unread": g.get("unread", 0),
    }


def _filters() -> dict[str, Any]:
    return {"when": _when, "on_day": _on_day, "shortly": _shortly, "said": said, "plainly": plainly}


def _when(value: datetime | None) -> str:
    """2026-11-25 09:30 in Shanghai."""
    return f"{clock.local(value):%Y-%m-%d %H:%M}" if value else "—"


def _shortly(value: datetime | None) -> str:
    """11月25日09:30 in Shanghai, with the year when it is another one."""
    return wording.when(value) if value else "—"


def _on_day(value: datetime | None) -> str:
    """2026-11-25 in Shanghai."""
    return f"{clock.local(value):%Y-%m-%d}" if value else "—"
