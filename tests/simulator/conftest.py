"""One simulator and one webhook a test module; a fresh account whenever a test asks for other settings."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.core import clock
from bot.simulator import SimulatorSettings, create_simulator
from bot.simulator.app import WORLD
from bot.simulator.server import make_server
from tests.simulator.kit import APPID, ORIGINAL_ID, SECRET, TOKEN, Client, Webhook

Open = Callable[..., Client]


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    """A webhook that says `success` until a test gives it another answer."""
    made = Webhook()
    made.address = made.start()
    yield made
    made.stop()


@pytest.fixture
def clock_file(tmp_path: Path) -> Iterator[Path]:
    """A clock of the test's own; the process forgets it afterwards."""
    before = os.environ.pop(clock.CLOCK_FILE, None)
    yield tmp_path / "clock.json"
    os.environ.pop(clock.CLOCK_FILE, None)
    if before is not None:
        os.environ[clock.CLOCK_FILE] = before


@pytest.fixture
def open_simulator(webhook: Webhook, clock_file: Path) -> Iterator[Open]:
    """Start simulators with chosen settings; all end with the test."""
    stops: list[Callable[[], None]] = []

    def start(**choices: Any) -> Client:
        client, stop = _run(settings(webhook.address, clock_file=clock_file, **choices))
        stops.append(stop)
        return client

    yield start
    for stop in stops:
        stop()


@pytest.fixture
def wechat(open_simulator: Open) -> Client:
    """A verified service account in plain mode with fast jobs."""
    return open_simulator()


def settings(webhook: str, **choices: Any) -> SimulatorSettings:
    """Quick settings for tests."""
    quick = {"mode": "plain", "job_seconds": 0.02, "retry_pause": 0.02, "delivery_timeout": 0.5}
    keys = {"appid": APPID, "secret": SECRET, "token": TOKEN, "original_id": ORIGINAL_ID}
    return SimulatorSettings(webhook=webhook, **{**keys, **quick, **choices})


def _run(chosen: SimulatorSettings) -> tuple[Client, Callable[[], None]]:
    app = create_simulator(chosen)
    server = make_server(app, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, args=(0.005,), daemon=True)
    thread.start()

    def stop() -> None:
        app.extensions[WORLD].close()
        server.shutdown()
        thread.join()

    return Client(f"http://127.0.0.1:{server.port}"), stop
