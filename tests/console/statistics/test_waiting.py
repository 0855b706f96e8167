"""The numbers of a long period: the page answers at once, they come when they are counted, once for everybody."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from bot.console.pages.statistics import pages
from bot.statistics import cached
from bot.statistics.overview import Overview, overview
from tests.console.visitor import Console
from tests.support.place import eventually
from tests.support.variants import ON_SQLITE

YEAR = "/console/statistics?from=2026-01-01&to=2026-12-31"
MONTH = "/console/statistics?from=2026-11-01&to=2026-11-30"
pytestmark = [pytest.mark.usefixtures("monday"), ON_SQLITE]  # the statements: test_pages.py


class Slow:
    """Counts when it is let."""

    def __init__(self) -> None:
        self.may, self.times = threading.Event(), 0

    def __call__(self, *given: Any) -> Overview:
        """As the real one, later."""
        self.times += 1
        assert self.may.wait(30)
        return overview(*given)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    made = Slow()

    def counts(*given: Any) -> Overview:
        return made(*given)

    cached.forget()
    monkeypatch.setattr(pages, "overview", counts)
    monkeypatch.setattr(cached, "PATIENCE_SECONDS", 0.05)
    yield made
    made.may.set()
    cached.forget()


def test_a_page_that_is_not_counted_yet_says_so_and_comes_again_by_itself(
    console: Console, slow: Slow
) -> None:
    leader = console.at("leader")
    for _ in range(3):
        page = leader.get(YEAR)
        assert "正在统计" in page.words
        assert page.answer.headers["Refresh"] == "1"
    slow.may.set()
    shown = eventually(lambda: (page := leader.get(YEAR)) and "正在统计" not in page.words and page)
    assert "响应率" in shown.words
    assert "Refresh" not in shown.answer.headers
    assert slow.times == 1, "nobody counts what is being counted"


def test_a_short_period_is_counted_while_the_page_waits(console: Console, slow: Slow) -> None:
    slow.may.set()
    assert "响应率" in console.at("leader").get(MONTH).words
    assert "响应率" in console.at("leader").get(MONTH).words
    assert slow.times == 2, "always anew"


def test_what_went_wrong_behind_the_page_is_said_to_whoever_asks_next(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    may = threading.Event()

    def fails(*_given: Any) -> Overview:
        assert may.wait(30)
        raise TimeoutError

    cached.forget()
    monkeypatch.setattr(cached, "PATIENCE_SECONDS", 0.05)
    with monkeypatch.context() as patch:
        patch.setattr(pages, "overview", fails)
        assert "正在统计" in console.at("leader").get(YEAR).words
        may.set()
        monkeypatch.setattr(cached, "PATIENCE_SECONDS", 30)
        console.at("leader").get(YEAR, status=500)
    assert "响应率" in console.at("leader").get(YEAR).words


def test_what_cannot_be_counted_is_an_error_and_tried_again(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_given: Any) -> Overview:
        raise ZeroDivisionError

    cached.forget()
    with monkeypatch.context() as patch:
        patch.setattr(pages, "overview", fails)
        console.at("leader").get(YEAR, status=500)
    assert "响应率" in console.at("leader").get(YEAR).words
