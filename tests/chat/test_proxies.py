"""Behind a proxy `tongxin run` and `tongxin web` see the visitor, not the proxy; without one nobody can pretend."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from sqlalchemy import select

from bot.core.config import load
from bot.core.db import connect, reading
from models.audit import AuditEntry
from tests.support import forked
from tests.support.place import eventually, free_port, write_config
from tests.support.variants import ON_SQLITE

pytestmark = ON_SQLITE
VISITOR = "203.0.113.9"


@pytest.fixture
def serve(new_database: Callable[[], str], tmp_path: Path) -> Iterator[Callable[[str, str], tuple[str, str]]]:
    """Starts the real command with these trusted proxies; its address and its database's."""
    started: list[forked.Forked] = []

    def start(verb: str, trusted: str) -> tuple[str, str]:
        path = write_config(tmp_path, new_database(), free_port())
        path.write_text(path.read_text().replace("[server]\n", f"[server]\ntrusted_proxies = {trusted}\n", 1))
        config = load(path, environ={})
        started.append(forked.start("--config", path, verb))
        eventually(lambda: _answers(config.server.public_url), 60)
        return config.server.public_url, config.database.url

    yield start
    for process in started:
        process.terminate()
        process.wait(timeout=40)


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=2).ok
    except requests.RequestException:
        return False


def fails_to_sign_in(url: str, **headers: str) -> None:
    """One wrong password, said through a proxy."""
    visitor = requests.Session()
    visitor.headers.update(headers)
    page = visitor.get(f"{url}/console/sign-in", timeout=10).text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None
    typed = {"name": "无此人", "password": "不是这个口令", "csrf_token": token[1]}
    assert visitor.post(f"{url}/console/sign-in", data=typed, timeout=10).status_code in (200, 422)


def is_secure(url: str) -> None:
    """What the proxy says of HTTPS and of our name is believed: over HTTPS a form has to come from our own pages."""
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "gsl.example.gov.cn"}
    fails_to_sign_in(url, **headers, Referer="https://gsl.example.gov.cn/console/sign-in")
    visitor = requests.Session()
    page = visitor.get(f"{url}/console/sign-in", headers=headers, timeout=10).text
    token = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page)[0]
    headers["Referer"] = "https://elsewhere.example/"
    typed = {"name": "无此人", "password": "x", "csrf_token": token}
    assert visitor.post(f"{url}/console/sign-in", data=typed, headers=headers, timeout=10).status_code == 400


def addresses(database: str) -> list[str | None]:
    engine = connect(database)
    failed = (
        select(AuditEntry.address).where(AuditEntry.action == "staff.sign_in_failed").order_by(AuditEntry.id)
    )
    with reading(engine) as db:
        found = list(db.scalars(failed))
    engine.dispose()
    return found


@pytest.mark.parametrize("verb", ["run", "web"])
def test_visitors_behind_a_trusted_proxy_are_told_apart(
    serve: Callable[[str, str], tuple[str, str]], verb: str
) -> None:
    url, database = serve(verb, '["127.0.0.1"]')
    fails_to_sign_in(url, **{"X-Forwarded-For": VISITOR})
    fails_to_sign_in(url, **{"X-Forwarded-For": f"{VISITOR}, 198.51.100.4"})
    fails_to_sign_in(url)
    assert addresses(database) == [VISITOR, "198.51.100.4", "127.0.0.1"], (
        "the proxy's own word is the last one"
    )
    is_secure(url)
    outsider = {"X-Forwarded-For": "198.51.100.77"}
    codes = [
        requests.post(f"{url}/console/sign-in", headers=outsider, timeout=10).status_code for _ in range(31)
    ]
    assert codes[-1] == 429
    fails_to_sign_in(url, **{"X-Forwarded-For": VISITOR})  # an outsider does not use up everybody's tries


def test_nobody_is_believed_who_is_no_trusted_proxy(
    serve: Callable[[str, str], tuple[str, str]],
) -> None:
    url, database = serve("run", "[]")
    fails_to_sign_in(url, **{"X-Forwarded-For": VISITOR})
    assert addresses(database) == ["127.0.0.1"]
