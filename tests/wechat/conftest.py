"""A database, a server in WeChat's place, and the account that talks to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.core.db import connect
from bot.wechat.account import Account
from models.base import Base
from models.wechat import AccessToken
from tests.wechat.wire import ACCOUNT, Api, serving


@pytest.fixture
def api() -> Iterator[Api]:
    with serving() as running:
        yield running


@pytest.fixture
def account(api: Api) -> Account:
    return replace(ACCOUNT, api_base=api.url)


@pytest.fixture
def light_engine(tmp_path: Path) -> Iterator[Engine]:
    """The token's table alone, for tests that need a token but do not ask how it is kept."""
    engine = connect(f"sqlite:///{tmp_path / 'tokens.db'}", durable=False)
    Base.metadata.create_all(engine, tables=[Base.metadata.tables[AccessToken.__tablename__]])
    yield engine
    engine.dispose()
