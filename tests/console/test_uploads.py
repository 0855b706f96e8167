"""Uploads over a real socket: what the page promises is taken, and what is too large is answered in Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests

from bot.console.texts import ERRORS
from bot.core.uploads import FILE_MB, MOST_BODY, MOST_FILE
from bot.runtime.web import start_web
from tests.console.visitor import PASSWORD, Console
from tests.support.variants import ON_SQLITE

pytestmark = ON_SQLITE  # the statements: statistics/test_pages.py


TOO_LARGE = f"文件不能超过 {FILE_MB} MB"


@dataclass
class Browser:
    """One person's browser, with the token of the page that is open."""

    site: str
    session: requests.Session
    token: str = ""

    def open(self, path: str) -> str:
        """A page."""
        answer = self.session.get(f"{self.site}{path}", timeout=30)
        assert answer.status_code == 200
        self.token = str(re.findall(r'name="csrf_token" value="([^"]+)"', answer.text)[0])
        return answer.text

    def send(self, path: str, *, size: int = 0, **fields: str) -> requests.Response:
        """A form, with a file of so many bytes."""
        files = {"file": ("台账.csv", b"x" * size)} if size else None
        data = {"csrf_token": self.token, **fields}
        return self.session.post(f"{self.site}{path}", data=data, files=files, timeout=60)


@pytest.fixture(scope="module")
def site(console: Console) -> Iterator[str]:
    """The address of the one-process server over the console."""
    config = console.office.services.config
    stop = start_web(console.app, config)
    yield config.server.public_url
    stop()


@pytest.fixture
def stranger(site: str) -> Iterator[Browser]:
    with requests.Session() as session:
        yield Browser(site, session)


@pytest.fixture
def leader(stranger: Browser, console: Console) -> Browser:
    stranger.open("/console/sign-in")
    name = console.office.people["leader"].name
    assert stranger.send("/console/sign-in", name=name, password=PASSWORD).status_code == 200
    return stranger


def test_a_file_of_the_promised_size_is_taken(leader: Browser) -> None:
    assert f"{FILE_MB} MB 以内" in leader.open("/console/ledger")
    answer = leader.send("/console/ledger/import", size=MOST_FILE)
    assert answer.status_code == 200
    assert "/console/ledger/runs/" in answer.url


@pytest.mark.parametrize("size", [MOST_FILE + 1, MOST_BODY + 1, 6 * MOST_BODY])
def test_a_larger_file_is_refused_on_a_page(leader: Browser, size: int) -> None:
    leader.open("/console/ledger")
    answer = leader.send("/console/ledger/import", size=size)
    assert answer.status_code == 413
    assert f"{FILE_MB} MB" in answer.text
    assert ERRORS[413][0] in answer.text
    leader.open("/console/ledger")


def test_somebody_without_a_session_hears_it_too(stranger: Browser) -> None:
    stranger.open("/console/sign-in")
    assert TOO_LARGE in stranger.send("/console/sign-in", size=2 * MOST_BODY).text
    assert stranger.send("/console/ledger/import", size=2 * MOST_BODY).url.endswith("/console/sign-in")


def test_a_browser_that_asks_first_is_answered(stranger: Browser) -> None:
    stranger.open("/console/sign-in")
    headers = {"Expect": "100-continue"}
    body = b"csrf_token=" + b"x" * (MOST_BODY + 1)
    answer = stranger.session.post(f"{stranger.site}/console/sign-in", data=body, headers=headers, timeout=60)
    assert answer.status_code == 413


def test_an_answer_names_no_server(site: str) -> None:
    for path in ("/healthz", "/console/sign-in", "/nowhere", "/wechat"):
        assert "Server" not in requests.get(f"{site}{path}", timeout=30).headers, path


def test_the_webhook_refuses_what_is_too_large_as_before(site: str) -> None:
    answer = requests.post(f"{site}/wechat", data=b"x" * (MOST_BODY + 1), timeout=60)
    assert (answer.status_code, answer.text) == (413, "消息过大")
