"""Real processes of the product, each in a process group of its own, to be killed and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.support import forked

STARTED = "已启动".encode()


@dataclass
class Process:
    """One place for a process, such as worker-2: whoever dies there is followed by another."""

    name: str
    verb: Sequence[str]
    config: Path
    environment: Mapping[str, str]
    prefix: Sequence[str] = ()  # a command that runs ours, as for another network namespace
    kills: int = 0
    _running: subprocess.Popen[bytes] | forked.Forked | None = field(default=None, repr=False)
    _log_before: int = 0

    @property
    def log(self) -> Path:
        """What the processes of this place have printed; look here when a soak fails."""
        return self.config.with_name(f"{self.name}.log")

    @property
    def pid(self) -> int:
        """The process that runs here now."""
        assert self._running is not None
        return self._running.pid

    def start(self) -> None:
        """Start it, without waiting until it is up."""
        words = ("--config", str(self.config), *self.verb)
        environment = {**os.environ, **self.environment, "PYTHONUNBUFFERED": "1"}
        with self.log.open("ab") as out:
            self._log_before = out.tell()
            if self.prefix:
                command = [*self.prefix, sys.executable, "-m", "bot", *words]
                self._running = subprocess.Popen(
                    command, env=environment, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
                )
            else:
                self._running = forked.start(*words, environment=environment, out=out.fileno(), session=True)

    def is_up(self) -> bool:
        """Whether it has said that it is up. Fails when it has ended by itself."""
        assert self._running is not None
        said = self.log.read_bytes()[self._log_before :]
        ended = self._running.poll()
        assert ended is None, f"{self.name} ended by itself ({ended}):\n{said.decode()[-2000:]}"
        return STARTED in said

    def kill(self) -> None:
        """kill -9 of the whole group."""
        assert self._running is not None
        os.killpg(self._running.pid, signal.SIGKILL)
        self._running.wait()
        self.kills += 1

    def stop(self) -> None:
        """Ask it to finish; make it only when it does not."""
        if self._running is None or self._running.poll() is not None:
            return
        self._running.terminate()
        try:
            self._running.wait(timeout=40)
        except subprocess.TimeoutExpired:
            os.killpg(self._running.pid, signal.SIGKILL)
            self._running.wait()


def wait_up(processes: Sequence[Process], seconds: float = 90) -> None:
    """Wait until all of them are up."""
    end = time.monotonic() + seconds
    while not all(one.is_up() for one in processes):
        assert time.monotonic() < end, "a process did not start in time"
        time.sleep(0.05)
