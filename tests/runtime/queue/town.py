"""WeChat's side and a database, with real processes of the service that a test starts, stops and kills."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import Engine, func, insert, select, text

from bot.app import build_services
from bot.core import clock
from bot.core.config import load
from bot.core.db import reading, transaction
from bot.runtime.services import Services
from models.followers import Follower
from models.outgoing import Channel, Delivery, DeliveryState
from tests.support import forked
from tests.support.place import eventually, free_port, start_simulator, write_config

LISTENING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = :name AND query LIKE 'LISTEN%'"
    " AND datname = current_database()"
)
STARTS = """
CREATE TABLE starts (delivery bigint, by text);
CREATE FUNCTION note_start() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state = 'sending' AND OLD.state <> 'sending' THEN
    INSERT INTO starts VALUES (NEW.id, current_setting('application_name'));
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER note_start AFTER UPDATE OF state ON deliveries FOR EACH ROW EXECUTE FUNCTION note_start();
"""


@dataclass
class Process:
    """One running `tongxin …`; its database connections carry its name."""

    name: str
    running: forked.Forked

    def kill(self) -> None:
        """kill -9."""
        self.running.send_signal(signal.SIGKILL)
        self.running.wait()

    def stop(self, seconds: float = 20) -> int:
        """Ask it to finish; its exit code."""
        self.running.terminate()
        return self.running.wait(timeout=seconds)


@dataclass
class Town:
    """The parts that outlive every process."""

    services: Services
    simulator: str
    port: int
    folder: Path
    url: str
    clock_file: Path
    processes: list[Process] = field(default_factory=list)

    @classmethod
    @contextmanager
    def open(cls, url: str, folder: Path) -> Iterator[Town]:
        """Start the simulator; at the end stop whatever still runs."""
        port, clock_file = free_port(), folder / "clock.json"
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(clock.CLOCK_FILE, str(clock_file))
            config = load(write_config(folder, url, port, dispatcher="queue"), environ={})
            services = build_services(config)
            start_simulator(config, port, clock_file)
            opened = cls(services, f"http://127.0.0.1:{port}", port, folder, url, clock_file)
            with services.engine.begin() as connection:
                connection.exec_driver_sql(STARTS)
            try:
                yield opened
            finally:
                for process in opened.processes:
                    if process.running.poll() is None:
                        process.kill()
                services.engine.dispose()

    @property
    def engine(self) -> Engine:
        """The test's own connections."""
        return self.services.engine

    def start(self, verb: str, name: str, *options: str) -> Process:
        """One more process."""
        place = self.folder / name
        place.mkdir()
        url = f"{self.url}&application_name={name}"
        config = write_config(place, url, self.port, dispatcher="queue")
        with (place / "log").open("wb") as log:
            environment = {**os.environ, clock.CLOCK_FILE: str(self.clock_file)}
            running = forked.start(
                "--config", config, verb, *options, environment=environment, out=log.fileno()
            )
        process = Process(name, running)
        self.processes.append(process)
        return process

    def worker(self, name: str) -> Process:
        """A worker that hears calls."""
        process = self.start("worker", name)
        eventually(lambda: self.ask(LISTENING, {"name": name}), 40)
        return process

    def ask(self, query: Any, values: dict[str, Any] | None = None) -> Any:
        """One value from the database."""
        with reading(self.engine) as db:
            return db.scalar(query, values or {})

    def sim(self, verb: str, body: dict[str, Any]) -> dict[str, Any]:
        """Ask the simulator's control interface."""
        answer = requests.post(f"{self.simulator}/sim/{verb}", json=body, timeout=60)
        answer.raise_for_status()
        result: dict[str, Any] = answer.json()
        return result

    def slow(self, seconds: float) -> None:
        """Every customer-service message takes so long."""
        self.sim("faults", {"faults": [{"path": "/cgi-bin/message/custom", "latency": seconds}]})

    def travel(self, ahead: timedelta) -> datetime:
        """Move everybody's clock."""
        moment = clock.now() + ahead
        self.sim("clock", {"set": moment.isoformat()})
        return moment

    def people(self, count: int) -> list[str]:
        """Followers who have just written, known to both sides."""
        openids: list[str] = self.sim("followers", {"count": count, "wrote": True})["openids"]
        until = clock.now() + timedelta(hours=47)
        rows = [
            {"openid": one, "subscribed": True, "message_left": 5, "message_until": until, "tap_left": 0}
            for one in openids
        ]
        with transaction(self.engine) as db:
            db.execute(insert(Follower), rows)
        return openids

    def notices(self, openids: list[str], *, announced: bool = True) -> None:
        """One message to each, committed as a handler would."""
        moment = clock.now()
        with transaction(self.engine) as db:
            db.execute(insert(Delivery), [notice(openid, moment) for openid in openids])
            if announced:
                self.services.rows_made(db)

    def count(self, *states: DeliveryState) -> int:
        """How many messages are in one of these states."""
        query = select(func.count()).select_from(Delivery).where(Delivery.state.in_(states))
        return int(self.ask(query))

    def settled(self, count: int, seconds: float = 30) -> None:
        """Wait until so many messages have been sent."""
        eventually(lambda: self.count(DeliveryState.SENT) == count, seconds)

    def shares(self) -> dict[str, int]:
        """How many sendings each process has begun."""
        with self.engine.connect() as connection:
            rows = connection.exec_driver_sql("SELECT by, count(*) FROM starts GROUP BY by").all()
        return {name: int(count) for name, count in rows}

    def sim_received(self, words: str = "您有一条新消息") -> dict[str, int]:
        """How many messages with these words each person has before them, as the simulator counts."""
        answer = requests.get(f"{self.simulator}/sim/received", params={"contains": words}, timeout=60)
        counts: dict[str, int] = answer.json()["received"]
        return counts


def notice(openid: str, moment: datetime, **more: Any) -> dict[str, Any]:
    """The values of a message to one person that may go out at once."""
    return {
        "key": f"test:{openid}:{moment.timestamp()}",
        "recipient": openid,
        "payload": {"text": "您有一条新消息"},
        "state": DeliveryState.QUEUED,
        "channel": Channel.CUSTOM,
        "asked": False,
        "attempts": 0,
        "not_before": moment,
        "created_at": moment,
        **more,
    }
