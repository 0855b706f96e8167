"""A place to test in: service, workers, scheduler and the WeChat simulator, all real, over real HTTP."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import Engine, make_url, select
from sqlalchemy.orm import Session

from bot.app import build_services, create_app
from bot.core import clock
from bot.core.config import Config, load
from bot.core.db import reading
from bot.core.paths import CONTENT
from bot.runtime.scheduler import Scheduler
from bot.runtime.services import Services
from bot.runtime.web import start_web
from bot.runtime.workers import workers_for
from bot.simulator.app import serve
from bot.simulator.settings import SimulatorSettings
from bot.understanding.learnt import kept_in
from bot.understanding.phrases import load_phrases
from models.jobs import Beat
from tests.support import shared

KEYS = {
    "appid": "wx0123456789abcdef",
    "secret": "secret-of-the-test-account",
    "token": "tokenOfTheTest",
    "aes_key": "a" * 43,
}
CONFIG = """\
[server]
host = "127.0.0.1"
port = {port}
public_url = "http://127.0.0.1:{port}"
secret_key = "key-of-the-test-0123456789abcdefghij"
[database]
url = "{url}"
durability = "normal"
[wechat]
account_kind = "{kind}"
verified = {verified}
appid = "{appid}"
secret = "{secret}"
token = "{token}"
aes_key = "{aes_key}"
previous_aes_key = "{previous_aes_key}"
mode = "{mode}"
api_base = "http://127.0.0.1:{simulator}"
[scheduler]
beat_seconds = 1
grace_hours = 168
[appeals]
daily_limit_per_person = 50
[delivery]
dispatcher = "{dispatcher}"
workers = 4
lease_seconds = 12
quiet_from = "00:00"
quiet_to = "00:00"
[storage]
path = "{files}"
{more}
"""
DISPATCHERS: dict[str | None, str] = {}  # by a database's name; others have the product's default


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def learn(folder: Path) -> None:
    """Work out what the examples teach, into a file of this folder."""
    kept_in(folder)(load_phrases(CONTENT / "phrases.toml"))


@cache
def learnt() -> Path:
    """What the examples teach, learnt once for all workers of a test run and the processes that they start."""
    (file,) = shared.made("learnt", learn).iterdir()
    return file


def write_config(folder: Path, url: str, simulator: int, **choices: str) -> Path:
    """A config file for a test; what it says can be chosen."""
    path, files = folder / "config.toml", folder / "files"
    files.mkdir(mode=0o700, exist_ok=True)
    if not (files / learnt().name).exists():
        shutil.copyfile(learnt(), files / learnt().name)
    values = {
        "kind": "service",
        "verified": "true",
        "mode": "secure",
        "previous_aes_key": "",
        "more": "",
        "dispatcher": DISPATCHERS.get(make_url(url).database, "auto"),
        **KEYS,
        **choices,
    }
    path.write_text(CONFIG.format(port=free_port(), url=url, simulator=simulator, files=files, **values))
    return path


@dataclass(frozen=True)
class Citizen:
    """A follower of the simulated account."""

    place: Place
    openid: str

    def says(self, text: str, **more: str) -> str:
        """What the person reads in answer to a text; "" for silence."""
        return words(self.answer(text, **more))

    def answer(self, text: str, **more: str) -> dict[str, Any]:
        """The whole result of sending a text."""
        return self.place.sim("say", {"openid": self.openid, "text": text, **more})

    def sends(self, **fields: Any) -> str:
        """What the person reads in answer to a message of any kind."""
        return words(self.place.sim("message", {"openid": self.openid, **fields}))

    def does(self, event: str, **fields: Any) -> str:
        """What the person reads in answer to an event."""
        return words(self.place.sim("event", {"openid": self.openid, "Event": event, **fields}))

    def sends_picture(self, data: bytes, name: str = "a.jpg") -> str:
        """What the person reads in answer to a picture."""
        url = f"{self.place.simulator}/sim/picture"
        answer = requests.post(url, data={"openid": self.openid}, files={"file": (name, data)}, timeout=30)
        return words(answer.json())

    def seen(self) -> list[dict[str, Any]]:
        """Everything on the person's screen, oldest first."""
        url = f"{self.place.simulator}/sim/outbox"
        messages: list[dict[str, Any]] = requests.get(url, params={"openid": self.openid}, timeout=30).json()[
            "messages"
        ]
        return messages

    def received(self, *channels: str) -> list[dict[str, Any]]:
        """What the account sent by these channels."""
        return [m for m in self.seen() if m["from"] == "account" and m["channel"] in channels]


def words(result: dict[str, Any]) -> str:
    """The words of a reply: its text, or its card's title, digest and address."""
    assert not result.get("failed"), result
    reply = result.get("reply")
    if not reply:
        return ""
    if reply["type"] == "news":
        return "\n".join(f"{a['title']}\n{a['description']}\n{a['url']}" for a in reply["articles"])
    return str(reply.get("text", reply["type"]))


@dataclass
class Place:
    """The running parts and ways to look at them."""

    config: Config
    services: Services
    simulator: str
    folder: Path

    @classmethod
    @contextmanager
    def open(cls, url: str, folder: Path, **choices: str) -> Iterator[Place]:
        """Start everything on free ports; stop it at the end."""
        simulator = free_port()
        config = load(write_config(folder, url, simulator, **choices), environ={})
        before = os.environ.get(clock.CLOCK_FILE)
        clock_file = folder / "clock.json"
        os.environ[clock.CLOCK_FILE] = str(clock_file)
        services = build_services(config)
        services.libraries.current()  # as the product does: the first message need not wait for it
        workers, scheduler = workers_for(services), Scheduler(services)
        stop_web = start_web(create_app(config, services), config)
        start_simulator(config, simulator, clock_file)
        workers.start()
        scheduler.start()
        opened = cls(config, services, f"http://127.0.0.1:{simulator}", folder)
        try:
            eventually(
                lambda: opened.count(Beat)
            )  # the last week's occurrences are claimed before anybody subscribes
            yield opened
        finally:
            scheduler.stop()
            workers.stop()
            stop_web()
            services.engine.dispose()
            os.environ.pop(clock.CLOCK_FILE)
            if before:
                os.environ[clock.CLOCK_FILE] = before

    @property
    def engine(self) -> Engine:
        """The service's database."""
        return self.services.engine

    @property
    def url(self) -> str:
        """The service's address."""
        return self.config.server.public_url

    def citizen(self, follow: bool = True) -> Citizen:
        """A new person."""
        person = Citizen(self, f"o{secrets.token_hex(14)[:27]}")
        if follow:
            person.does("subscribe", EventKey="")
        return person

    def sim(self, verb: str, body: dict[str, Any]) -> dict[str, Any]:
        """Ask the simulator's control interface."""
        answer = requests.post(f"{self.simulator}/sim/{verb}", json=body, timeout=60)
        answer.raise_for_status()
        result: dict[str, Any] = answer.json()
        return result

    def stats(self) -> dict[str, Any]:
        """The simulator's counts."""
        counts: dict[str, Any] = requests.get(f"{self.simulator}/sim/stats", timeout=30).json()
        return counts

    def failure_lines(self) -> int:
        """How often anybody saw 该公众号暂时无法提供服务."""
        return int(self.stats()["failure_lines"])

    def travel_to(self, moment: datetime) -> None:
        """Move everybody's clock."""
        self.sim("clock", {"set": moment.isoformat()})

    def query(self, ask: Callable[[Session], Any]) -> Any:
        """Look into the database."""
        with reading(self.engine) as db:
            return ask(db)

    def count(self, model: Any, *where: Any) -> int:
        """How many rows there are."""
        return len(self.query(lambda db: list(db.scalars(select(model.id).where(*where)))))


def start_simulator(config: Config, port: int, clock_file: Path | None, **more: Any) -> None:
    """WeChat's side on a thread of this process."""
    w = config.wechat
    settings = SimulatorSettings(
        webhook=f"{config.server.public_url}/wechat",
        appid=w.appid,
        secret=w.secret.reveal(),
        token=w.token.reveal(),
        aes_key=w.aes_key.reveal(),
        mode=w.mode,  # type: ignore[arg-type]
        account_kind=w.account_kind,  # type: ignore[arg-type]
        verified=w.verified,
        clock_file=clock_file,
        **{"retry_pause": 0.2, "job_seconds": 0.1, **more},
    )
    threading.Thread(target=serve, args=(settings, "127.0.0.1", port), daemon=True).start()
    eventually(lambda: _answers(f"http://127.0.0.1:{port}/sim/stats"))


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except (requests.ConnectionError, requests.Timeout):  # a busy machine is slow to begin
        return False


def eventually(holds: Callable[[], Any], seconds: float = 40.0) -> Any:
    """Wait until something holds; what it gave. Fails when it does not within `seconds`."""
    end = time.monotonic() + seconds
    while True:
        value = holds()
        if value:
            return value
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.05)
