"""A backup of a running service with a hundred thousand messages and two hundred pictures, its restore, and kill -9 in
the middle of either."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, insert, select

from bot.backup.tables import dump, tables_of
from bot.core import clock
from bot.core.config import load
from bot.core.db import connect, reading, transaction
from models.inbound import Inbound
from tests.crash.service import Service
from tests.soak.runs import asked_for
from tests.support.place import free_port, write_config

ROWS, PICTURES, KILLS = 100_000, 200, 6
LATER = "after-the-backup"
CHANGED_BY_A_RESTORE = {"audit_entries", "broadcast_events", "serials", "day_counts", "job_runs"}


@dataclass
class Office:
    """A service that may be running, and its database."""

    config: Path
    engine: Engine
    service: Service

    def begin(self, *arguments: str | Path) -> subprocess.Popen[bytes]:
        """A command in a process of its own."""
        said = [sys.executable, "-m", "bot", "--config", str(self.config), *map(str, arguments)]
        return subprocess.Popen(said, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def does(self, *arguments: str | Path) -> float:
        """How long a command takes that succeeds."""
        begun = time.monotonic()
        process = self.begin(*arguments)
        said, _ = process.communicate(timeout=900)
        assert process.returncode == 0, said.decode()
        return time.monotonic() - begun

    def is_killed_in(self, seconds: float, *arguments: str | Path) -> None:
        """Begin a command and kill it at a random moment of its usual time."""
        process = self.begin(*arguments)
        time.sleep(random.uniform(0.1, 0.9) * seconds)
        process.send_signal(signal.SIGKILL)
        process.communicate()

    def rows(self) -> dict[str, int]:
        """What stands for every row of every table."""
        self.engine.dispose()
        with self.engine.connect() as connection:
            return {each.name: hash(b"".join(dump(connection, each))) for each in tables_of(connection)}

    def has_message(self, key: str) -> bool:
        """Whether a message is there."""
        self.engine.dispose()
        with reading(self.engine) as db:
            return db.scalar(select(Inbound.id).where(Inbound.key == key)) is not None


@pytest.fixture
def office(new_database: Callable[[], str], tmp_path: Path) -> Iterator[Office]:
    path = write_config(tmp_path, new_database(), free_port())
    config = load(path, environ={})
    engine = connect(config.database.url)
    service = Service(path, tmp_path / "clock.json", config.server.public_url)
    yield Office(path, engine, service)
    service.stop()
    engine.dispose()


def fill(office: Office, rows: int, pictures: int) -> None:
    """Messages and pictures of a busy year."""
    values = {
        "kind": "text",
        "text": "请问贷款贴息怎么申请？" * 5,
        "reply": "<xml>" + "政策" * 200 + "</xml>",
    }
    for begin in range(0, rows, 10_000):
        some = [{"key": f"m{n}", **values, "received_at": clock.now()} for n in range(begin, begin + 10_000)]
        with transaction(office.engine) as db:
            db.execute(insert(Inbound), some)
    for number in range(pictures):
        folder = office.config.parent / "files" / f"{number % 50:04x}"
        folder.mkdir(exist_ok=True)
        (folder / f"picture{number}").write_bytes(random.randbytes(200_000))


@contextmanager
def writing_pairs(engine: Engine) -> Iterator[None]:
    """Meanwhile two rows a transaction are written, of which a backup has both or none."""
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.wait(0.01):
            number += 1
            pair = [
                {"key": f"{half}{number}", "kind": half, "reply": "", "received_at": clock.now()}
                for half in "lr"
            ]
            with transaction(engine) as db:
                db.execute(insert(Inbound), pair[:1])
                db.execute(insert(Inbound), pair[1:])

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def halves(engine: Engine, half: str) -> int:
    with reading(engine) as db:
        return db.scalar(select(func.count()).select_from(Inbound).where(Inbound.kind == half)) or 0


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_kills_leave_the_old_state_whole(office: Office, tmp_path: Path) -> None:
    rows, kills = asked_for("SOAK_ROWS", ROWS), asked_for("SOAK_KILLS", KILLS)
    fill(office, rows, PICTURES)
    office.service.start(120)  # beside other soaks
    path = tmp_path / "b.zip"
    with writing_pairs(office.engine):
        seconds = office.does("backup", path)
        good = path.read_bytes()
        for _ in range(kills):
            office.is_killed_in(seconds, "backup", path)
            with zipfile.ZipFile(path) as opened:
                assert opened.testzip() is None
        assert office.service.answers()
        seconds = office.does("backup", path)
    print(f"\n{rows} 行、{PICTURES} 个附件：备份 {seconds:.1f} 秒，{len(good) / 1024**2:.0f} MB")
    office.service.stop()
    _restore(office, path, kills)


def _restore(office: Office, path: Path, kills: int) -> None:
    seconds = office.does("restore", path, "--yes")
    print(f"恢复 {seconds:.1f} 秒")
    restored = office.rows()
    whole = 0
    for number in range(kills):
        with transaction(office.engine) as db:
            db.add(Inbound(key=f"{LATER}{number}", kind="text", reply="", received_at=clock.now()))
        old = office.rows()
        office.is_killed_in(seconds, "restore", path, "--yes")
        new = office.rows()
        if office.has_message(f"{LATER}{number}"):
            assert new == old
            whole += 1
        else:  # it was done just before the kill
            assert {name: new[name] for name in new.keys() - CHANGED_BY_A_RESTORE} == {
                name: restored[name] for name in new.keys() - CHANGED_BY_A_RESTORE
            }
            assert new["inbound"] == restored["inbound"]
    print(f"恢复途中杀了 {kills} 次，{whole} 次保持原样")
    office.does("restore", path, "--yes")
    assert office.rows()["inbound"] == restored["inbound"]
    assert halves(office.engine, "l") == halves(office.engine, "r") > 0
