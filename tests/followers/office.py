"""The service's parts with a simulated WeChat beside them; rounds are run by the test itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from bot.app import create_app
from bot.core import clock
from bot.core.actor import Actor
from bot.core.config import load
from bot.core.db import insert_once, reading, transaction
from bot.followers import sync
from bot.runtime.services import Services
from bot.runtime.web import start_web
from bot.wechat import gateway
from bot.wechat.account import Account
from bot.wechat.capabilities import capabilities
from models.followers import Follower
from models.staff import Role, Staff
from models.syncs import SyncRun
from tests.support.place import free_port, start_simulator, write_config

ROUNDS = 2000


@dataclass
class Office:
    """Services, their database, the simulator's address and the shared clock."""

    services: Services
    simulator: str
    config: Path
    clock_file: Path

    @property
    def engine(self) -> Engine:
        return self.services.engine

    def sim(self, verb: str, body: dict[str, Any]) -> dict[str, Any]:
        """Ask the simulator's control interface."""
        answer = requests.post(f"{self.simulator}/sim/{verb}", json=body, timeout=60)
        answer.raise_for_status()
        result: dict[str, Any] = answer.json()
        return result

    def followers(self, count: int) -> list[str]:
        """New people at WeChat, of whom no event told us."""
        openids: list[str] = self.sim("followers", {"count": count})["openids"]
        return openids

    def quietly(self, openid: str, event: str) -> None:
        """An event at WeChat that never reached us (the service was down)."""
        self.sim("event", {"openid": openid, "Event": event})

    def calls(self, path: str) -> int:
        stats = requests.get(f"{self.simulator}/sim/stats", timeout=30).json()
        return int(stats["calls"].get(f"/cgi-bin/{path}", 0))

    def later(self, seconds: float) -> None:
        """Move everybody's clock on."""
        self.sim("clock", {"advance_seconds": seconds})

    def start(self) -> SyncRun:
        with transaction(self.engine) as db:
            return sync.start(Actor(db, None))

    def run(self) -> SyncRun:
        """The newest run as it stands."""
        with reading(self.engine) as db:
            run = sync.latest(db)
        assert run is not None
        return run

    def finish(self) -> SyncRun:
        """Rounds until there is nothing to do."""
        for _ in range(ROUNDS):
            if not sync.work(self.services):
                return self.run()
        raise AssertionError("the run does not end")

    def synced(self) -> SyncRun:
        self.start()
        return self.finish()

    def known(self) -> set[str]:
        """Who follows as far as we know."""
        with reading(self.engine) as db:
            return set(db.scalars(select(Follower.openid).where(Follower.subscribed)))

    def count(self, *where: Any) -> int:
        with reading(self.engine) as db:
            return db.scalar(select(func.count()).select_from(Follower).where(*where)) or 0


@contextmanager
def opened(kept: Services, folder: Path, *, web: bool = False, **choices: Any) -> Iterator[Office]:
    """An office on the database of these services, with the web process when events are to arrive."""
    url, port = kept.engine.url.render_as_string(hide_password=False), free_port()
    path = write_config(folder, url, port, **choices)
    config = load(path, environ={})
    clock_file = folder / "clock.json"
    services = replace(
        kept,
        config=config,
        gateway=gateway.connect(kept.engine, Account.from_config(config)),
        capabilities=capabilities(config.wechat.account_kind, config.wechat.verified),
    )
    start_simulator(config, port, clock_file)
    stop = start_web(create_app(config, services), config) if web else lambda: None
    try:
        yield Office(services, f"http://127.0.0.1:{port}", path, clock_file)
    finally:
        stop()


def follower(db: Session, openid: str, **values: Any) -> None:
    """A row of somebody who follows."""
    defaults = {"subscribed": True, "message_left": 0, "tap_left": 0}
    assert insert_once(db, Follower, openid=openid, **{**defaults, **values}) is not None


def staff(db: Session, name: str, role: Role = Role.CLERK, openid: str | None = None) -> Staff:
    made = Staff(name=name, role=role, active=True, openid=openid, created_at=clock.now())
    db.add(made)
    db.flush()
    return made


def day(text: str) -> datetime:
    """A moment of that date in Shanghai."""
    return clock.at(datetime.fromisoformat(text).date(), 12)
