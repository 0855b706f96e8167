"""How the web server ends: answers in hand arrive, idle connections do not hold it up, nobody new is let in."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from flask import Flask

from bot.core.config import load
from bot.runtime.web import start_web
from tests.support.place import free_port, write_config


@pytest.fixture
def slow(tmp_path: Path) -> tuple[str, Callable[[], None], threading.Event]:
    """A web server with a page that takes two seconds; its address, how to stop it, and that somebody has asked."""
    app, asked = Flask("slow"), threading.Event()

    @app.get("/")
    def page() -> str:
        asked.set()
        time.sleep(2)
        return "done"

    config = load(write_config(tmp_path, "sqlite:///unused.db", free_port()), environ={})
    return config.server.public_url, start_web(app, config), asked


def test_an_idle_connection_does_not_hold_up_the_end(
    slow: tuple[str, Callable[[], None], threading.Event],
) -> None:
    url, stop, _asked = slow
    with requests.Session() as kept:
        assert kept.get(f"{url}/nothing", timeout=5).status_code == 404
        before = time.monotonic()
        stop()
        assert time.monotonic() - before < 2
        with pytest.raises(requests.ConnectionError):
            kept.get(f"{url}/nothing", timeout=5)


def test_an_answer_in_hand_arrives_and_nobody_new_is_let_in(
    slow: tuple[str, Callable[[], None], threading.Event],
) -> None:
    url, stop, asked = slow
    heard: list[str] = []
    asking = threading.Thread(target=lambda: heard.append(requests.get(url, timeout=10).text))
    asking.start()
    assert asked.wait(5)
    stopping = threading.Thread(target=stop)
    stopping.start()
    time.sleep(0.5)
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.socket() as late:
        assert late.connect_ex((host, int(port))) != 0
    stopping.join()
    asking.join()
    assert heard == ["done"]
