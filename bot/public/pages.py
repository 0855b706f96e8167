"""Pages that people open from a reply: a policy, a study item or series, the progress of one appeal."""

from __future__ import annotations

from datetime import date, datetime

from flask import Blueprint, Response, abort, make_response, render_template, request, send_from_directory
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

from bot.core import clock
from bot.core.db import reading, transaction
from bot.core.logs import get_logger
from bot.policies import texts
from bot.public import progress
from bot.public.markdown import html
from bot.runtime.services import Services
from bot.study import series
from models.policies import Policy
from models.study import Item, Series, first_items, issued

log = get_logger(__name__)
CSP = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

ROOT = ("这里是公众号的后台", "企业家请在微信里打开公众号，直接写您的问题。")
ERRORS = {
    404: ("没有这个页面", "链接可能已失效或没有复制完整。请回到公众号，回复「菜单」重新查找。"),
    405: ("不能这样打开", "请从公众号里的链接打开这个页面。"),
    500: ("页面出错了", "请过一会儿再打开；仍不行，请回到公众号回复「转人工」，或拨打12345。"),
    503: ("系统正在维护", "数据暂时读不到。请过几分钟再打开这个链接；急事请拨打12345。"),
}


def blueprint(services: Services) -> Blueprint:
    """Read-only pages without scripts and without cookies."""
    bp = Blueprint("public", __name__, template_folder="templates")

    @bp.get("/p/<link:slug>", strict_slashes=False)
    def policy(slug: str) -> Response:
        library = services.libraries.current()
        document = library.policies.get(slug)
        if document is None:
            abort(404)
        _count_view(services, slug)
        item = texts.shown(document, library.policies)
        facts = item.facts_on(clock.today())
        return _render_page("policy.html", policy=document, item=item, facts=facts, body=html(document.body))

    @bp.get("/s/<link:slug>", strict_slashes=False)
    def study_page(slug: str) -> Response:
        with reading(services.engine) as db:
            item = db.scalar(select(Item).where(Item.slug == slug))
            if item is not None:
                its_series = db.get_one(Series, item.series_id)
                return _render_page("item.html", item=item, series=its_series, body=html(item.body))
            found = db.scalar(select(Series).where(Series.slug == slug))
            if found is None:
                abort(404)
            items = issued(db, found.id) or first_items(db, found.id)
            return _render_page("series.html", series=found, items=items, words=series.schedule_words(found))

    @bp.get("/a/<link:signed>", strict_slashes=False)
    def appeal(signed: str) -> Response:
        with reading(services.engine) as db:
            shown = progress.of(db, services, signed)
            if shown is None:
                abort(404)
            page = _render_page("appeal.html", shown=shown, case=shown.case)
        page.headers["X-Robots-Tag"] = "noindex, nofollow"
        page.headers["Cache-Control"] = "no-store"
        return page

    @bp.get("/static/<path:name>")
    def static(name: str) -> Response:
        return send_from_directory(f"{__file__.rsplit('/', 1)[0]}/static", name, max_age=86400)

    @bp.app_context_processor
    def who() -> dict[str, str]:
        return {"operator": services.config.privacy.operator_name}

    @bp.app_template_filter("moment")
    def moment(value: datetime) -> str:
        return f"{clock.local(value):%Y-%m-%d %H:%M}"

    @bp.app_template_filter("day")
    def day(value: date | None) -> str:
        return f"{value:%Y-%m-%d}" if value else "待核验"

    @bp.app_errorhandler(404)
    def missing(_error: object) -> Response:
        return error_page(404)

    return bp


def error_page(code: int, incident: str = "") -> Response:
    """A calm page for what cannot be shown."""
    at_root = code == 404 and request.path == "/"
    title, words = ROOT if at_root else ERRORS.get(code, ERRORS[500])
    page = _render_page("missing.html", title=title, words=words, incident=incident, at_root=at_root)
    page.status_code = code
    if code == 503:
        page.headers["Retry-After"] = "60"
    return page


def _count_view(services: Services, slug: str) -> None:
    """Count one more reader; a busy database must not keep the page from them."""
    try:
        with transaction(services.engine) as db:
            db.execute(update(Policy).where(Policy.slug == slug).values(views=Policy.views + 1))
    except SQLAlchemyError:
        log.warning("view_not_counted")


def _render_page(template: str, **values: object) -> Response:
    page = make_response(render_template(template, **values))
    page.headers["Content-Security-Policy"] = CSP
    page.headers["X-Content-Type-Options"] = "nosniff"
    page.headers["Referrer-Policy"] = "no-referrer"
    return page
