"""Single parts of the service, for tests that need no web server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine

from bot.app import build_services
from bot.core.config import load
from bot.runtime.services import Services
from tests.support.place import write_config


def services_for(engine: Engine, folder: Path, **choices: str) -> Services:
    """The services on a given database; WeChat's address leads nowhere."""
    url = engine.url.render_as_string(hide_password=False)
    config = load(write_config(folder, url, 9, **choices), environ={})
    return replace(build_services(config), engine=engine)
