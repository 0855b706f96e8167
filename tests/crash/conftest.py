"""`tongxin run` in a process of its own beside a simulator that lives on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from bot.core import clock
from bot.core.config import load
from bot.core.db import connect, reading
from models.jobs import Beat
from tests.crash.service import Service
from tests.support.place import eventually, free_port, start_simulator, write_config


@pytest.fixture
def simulator_and_service(
    new_database: Callable[[], str], tmp_path: Path
) -> Iterator[tuple[str, Service, Engine]]:
    port = free_port()
    path = write_config(tmp_path, new_database(), port)
    config, clock_file = load(path, environ={}), tmp_path / "clock.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(clock.CLOCK_FILE, str(clock_file))
        start_simulator(config, port, clock_file, retry_pause=1.0)
        service = Service(path, clock_file, config.server.public_url)
        service.start()
        engine = connect(config.database.url)
        eventually(
            lambda: _looked(engine)
        )  # the last week's occurrences are claimed before anybody subscribes
        yield f"http://127.0.0.1:{port}", service, engine
        service.stop()
        engine.dispose()


def _looked(engine: Engine) -> bool:
    with reading(engine) as db:
        return db.scalar(select(Beat.id).limit(1)) is not None
