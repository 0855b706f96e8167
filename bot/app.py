"""create_app(config): the only place that wires the parts together."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from typing import TYPE_CHECKING

from bot.content import encoders, files
from bot.content.library import Library, LibraryCache, assemble
from bot.core.config import Config
from bot.core.db import connect
from bot.core.paths import CONTENT
from bot.core.storage import Storage
from bot.runtime import queue_calls
from bot.runtime.services import Services
from bot.understanding.learnt import kept_in
from bot.understanding.phrases import usable_phrases
from bot.wechat import gateway
from bot.wechat.account import Account
from bot.wechat.capabilities import capabilities

if TYPE_CHECKING:  # what a process without web pages does not load
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from flask import Flask
    from werkzeug.routing import BaseConverter, Map

    from bot.chat.router import Routes


def build_services(config: Config) -> Services:
    """Database, content and WeChat for one process; nothing is migrated, fetched or started."""
    engine = connect(
        config.database.url, pool_size=config.database.pool_size, durable=config.database.durability == "full"
    )
    account = Account.from_config(config)
    replies = files.replies(CONTENT)
    phrases, _complaints = usable_phrases(CONTENT / "phrases.toml")
    encoder = encoders.encoder(config.understanding)
    learnt = kept_in(config.storage.path)
    libraries = LibraryCache(engine, replies, phrases, learnt, encoder.model if encoder else None)
    allowed = capabilities(config.wechat.account_kind, config.wechat.verified)
    storage = Storage(config.storage.path)
    services = Services(
        config, engine, libraries, gateway.connect(engine, account), allowed, storage, encoder=encoder
    )
    if queue_calls.is_in_use(config):
        services.announcers.append(queue_calls.announce)
    return services


def build_routes() -> Routes:
    """The routes of every file in handlers/, in the order of their names."""
    import handlers
    from bot.chat.router import Router, Routes

    found: list[Router] = []
    for module in sorted(pkgutil.iter_modules(handlers.__path__), key=lambda m: m.name):
        router = getattr(importlib.import_module(f"handlers.{module.name}"), "router", None)
        if isinstance(router, Router):
            found.append(router)
    return Routes(found)


def create_app(config: Config, services: Services | None = None) -> Flask:
    """The web application. `services` is given when workers of the same process share them."""
    from flask import Flask

    from bot.chat import webhook
    from bot.console import wiring
    from bot.health import endpoints
    from bot.public import pages
    from bot.public.link_end import LinkEnd

    services = services or build_services(config)
    app = Flask("bot", static_folder=None)
    app.url_map.converters["int"] = _row_ids()
    app.config["MAX_CONTENT_LENGTH"] = None  # the webhook has its own, stricter limit
    app.url_map.converters["link"] = LinkEnd
    app.register_blueprint(webhook.blueprint(services, build_routes(), Account.from_config(config)))
    app.register_blueprint(pages.blueprint(services))
    app.register_blueprint(endpoints.blueprint(services))
    wiring.install(app, services, pages.error_page)
    app.wsgi_app = _behind(app.wsgi_app, config.server.trusted_proxies)  # type: ignore[method-assign, assignment]
    return app


def _row_ids() -> type[BaseConverter]:
    """Numbers in addresses are ids of rows: for one that no row can have there is no page."""
    from werkzeug.routing import IntegerConverter

    from bot.core.bounds import MOST_ID

    class RowId(IntegerConverter):
        def __init__(self, url_map: Map) -> None:
            super().__init__(url_map, max=MOST_ID)

    return RowId


def _behind(inner: WSGIApplication, proxies: tuple[str, ...]) -> WSGIApplication:
    """Believe X-Forwarded-* only when the connection comes from one of our proxies."""
    from werkzeug.middleware.proxy_fix import ProxyFix

    fixed = ProxyFix(inner, x_for=1, x_proto=1, x_host=1)

    def choose(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        trusted = environ.get("REMOTE_ADDR") in proxies
        return fixed(environ, start_response) if trusted else inner(environ, start_response)

    return choose


def shipped_library() -> Library:
    """The library of the content files, without a database: for trying the router."""
    loaded = files.load(CONTENT)
    return assemble(0, loaded.policies, files.replies(CONTENT), usable_phrases(CONTENT / "phrases.toml")[0])
