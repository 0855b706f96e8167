"""A town to soak: a database, WeChat in a process of its own, followers of every kind, the product's processes,
and a clock that all of them share."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from click.testing import CliRunner
from sqlalchemy import Engine, insert

from bot.app import build_services
from bot.commands.cli import main
from bot.core import clock
from bot.core.config import load
from bot.core.db import transaction
from bot.runtime.services import Services
from models.followers import Follower
from tests.support import forked
from tests.support.place import KEYS, eventually, free_port
from tests.support.processes import Process

CONFIG = """\
[server]
port = {port}
public_url = "http://127.0.0.1:{port}"
secret_key = "key-of-the-soak-0123456789abcdefghij"
[database]
url = "{url}"
durability = "normal"
[wechat]
appid = "{appid}"
secret = "{secret}"
token = "{token}"
aes_key = "{aes_key}"
api_base = "{simulator}"
timeout_connect = 1.0
timeout_read = 3.0
[scheduler]
beat_seconds = 1
grace_hours = {grace}
[delivery]
workers = {threads}
batch_size = 20
lease_seconds = 10
quiet_from = "00:00"
quiet_to = "00:00"
[storage]
path = "{files}"
[logging]
level = "warning"
"""
WINDOW = timedelta(hours=48)


@dataclass
class People:
    """The recipients by what WeChat will make of them."""

    wrote: list[str] = field(default_factory=list)  # their windows are open: customer-service messages
    silent: list[str] = field(default_factory=list)  # no window: mass sending
    refusing: list[str] = field(default_factory=list)  # wrote, then turned messages off: 48002
    gone: list[str] = field(default_factory=list)  # left without our hearing of it: 45015
    strangers: list[str] = field(default_factory=list)  # never were this account's: 40003

    @property
    def all(self) -> list[str]:
        """Everybody."""
        return [*self.wrote, *self.silent, *self.refusing, *self.gone, *self.strangers]


@dataclass
class Town:
    """What a soak acts on."""

    config: Path
    simulator: str
    clock_file: Path
    services: Services
    people: People = field(default_factory=People)
    processes: list[Process] = field(default_factory=list)

    @property
    def engine(self) -> Engine:
        """The product's database."""
        return self.services.engine

    @property
    def threads(self) -> int:
        """Threads of one worker process that send single messages."""
        return self.services.config.delivery.workers

    def process(
        self, name: str, *verb: str, prefix: Sequence[str] = (), config: Path | None = None
    ) -> Process:
        """A place for a process, started with it."""
        environment = {clock.CLOCK_FILE: str(self.clock_file)}
        made = Process(name, verb or (name.partition("-")[0],), config or self.config, environment, prefix)
        made.start()
        self.processes.append(made)
        return made

    def tongxin(self, *words: str) -> dict[str, Any]:
        """Run the command line as staff do; what it says as JSON."""
        done = CliRunner().invoke(main, ["--config", str(self.config), *words, "--json"])
        assert done.exit_code == 0, done.output[-1000:]
        said: dict[str, Any] = json.loads(done.stdout)
        return said

    def sim(self, verb: str, body: dict[str, Any] | None = None, **params: str) -> dict[str, Any]:
        """The simulator's control interface: POST with a body, GET without."""
        url = f"{self.simulator}/sim/{verb}"
        if body is None:
            answer = requests.get(url, params=params, timeout=60)
        else:
            answer = requests.post(url, json=body, timeout=60)
        answer.raise_for_status()
        said: dict[str, Any] = answer.json()
        return said

    def travel(self, moment: datetime) -> None:
        """Move everybody's clock, and wake the workers: their own patience counts real seconds."""
        self.sim("clock", {"set": moment.isoformat()})
        with transaction(self.engine) as db:
            self.services.rows_made(db)

    def settle(self, count: int) -> None:
        """Have so many recipients: most have written, a fifth has not, and one in a hundred of each other kind."""
        few = max(2, count // 100)
        silent = self._followers(count // 5)
        wrote = self._followers(count - len(silent) - few, wrote=True)
        strangers = [f"oStranger{n:019d}" for n in range(few)]
        self.people = People(wrote[2 * few :], silent, wrote[:few], wrote[few : 2 * few], strangers)
        for openid in self.people.refusing:
            self.sim("follower", {"openid": openid, "refuses": True})
        self._know([*silent, *wrote])

    def _followers(self, count: int, **how: bool) -> list[str]:
        openids: list[str] = self.sim("followers", {"count": count, **how})["openids"]
        return openids

    def _leave(self) -> None:
        """Some go without our hearing of it, and some openids turn out to be nobody's."""
        for openid in self.people.gone:
            self.sim("follower", {"openid": openid, "subscribed": False})
        self._know(self.people.strangers)

    def _know(self, openids: list[str]) -> None:
        """Write into the product's database what it would know of these people."""
        open_until = clock.now() + WINDOW
        windows = {"message_until": open_until, "message_left": 5, "tap_left": 0}
        closed = {"message_until": None, "message_left": 0, "tap_left": 0}
        silent = set(self.people.silent)
        rows = [
            {"openid": openid, "subscribed": True, **(closed if openid in silent else windows)}
            for openid in openids
        ]
        with transaction(self.engine) as db:
            db.execute(insert(Follower), rows)

    def staff(self) -> None:
        """One colleague who writes, one who approves."""
        self.tongxin("staff", "add", "小李", "--role", "受理员")
        self.tongxin("staff", "add", "王主任", "--role", "分管领导")

    def broadcast(self, words: str) -> int:
        """Write, submit and approve a text to everybody; its number."""
        text = self.config.with_name("words.txt")
        text.write_text(words, encoding="utf-8")
        new = ("broadcast", "new", "--text-file", str(text), "--segment", "all", "--ways", "custom,mass")
        number = str(self.tongxin(*new, "--title", words[:20], "--by", "小李")["id"])
        self.tongxin("broadcast", "submit", number, "--by", "小李")
        self._leave()  # now that our list has been compared with WeChat's
        self.tongxin("broadcast", "approve", number, "--by", "王主任")
        return int(number)


@contextmanager
def town(
    url: str, folder: Path, *, threads: int = 4, host: str = "127.0.0.1", grace: int = 72
) -> Iterator[Town]:
    """A town without followers and processes yet. At the end every process of it is stopped."""
    port, simulator = free_port(), f"http://{host}:{free_port()}"
    config = folder / "config.toml"
    config.write_text(
        CONFIG.format(
            port=port,
            url=url,
            simulator=simulator,
            threads=threads,
            files=folder / "files",
            grace=grace,
            **KEYS,
        )
    )
    clock_file = folder / "clock.json"
    before = os.environ.get(clock.CLOCK_FILE)
    os.environ[clock.CLOCK_FILE] = str(clock_file)
    platform = _wechat(folder, simulator, port, clock_file)
    made = Town(config, simulator, clock_file, build_services(load(config, environ={})))
    try:
        eventually(lambda: _answers(simulator), 60)
        yield made
    finally:
        for process in made.processes:
            process.stop()
        platform.terminate()
        platform.wait(timeout=30)
        made.engine.dispose()
        os.environ.pop(clock.CLOCK_FILE)
        if before:
            os.environ[clock.CLOCK_FILE] = before


def _wechat(folder: Path, address: str, webhook: int, clock_file: Path) -> forked.Forked:
    host, _, port = address.removeprefix("http://").partition(":")
    keys = [f"--{name.replace('_', '-')}={value}" for name, value in KEYS.items()]
    options = ["--host", host, "--port", port, "--followers", "0", "--clock-file", str(clock_file), *keys]
    with (folder / "simulator.log").open("ab") as out:
        return forked.start(
            "simulator", "--webhook", f"http://127.0.0.1:{webhook}/wechat", *options, out=out.fileno()
        )


def _answers(simulator: str) -> bool:
    try:
        return requests.get(f"{simulator}/sim/stats", timeout=2).ok
    except (requests.ConnectionError, requests.Timeout):  # a busy machine is slow to begin
        return False
