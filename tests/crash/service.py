"""The real `tongxin run` in a process of its own, to be killed and started again."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

import requests

from bot.core import clock
from tests.support import forked
from tests.support.place import eventually


@dataclass
class Service:
    """One running `tongxin run`."""

    config: Path
    clock_file: Path
    url: str
    process: forked.Forked | None = None

    def start(self, seconds: float = 30) -> None:
        """Start it and wait until it answers."""
        environment = {**os.environ, clock.CLOCK_FILE: str(self.clock_file)}
        self.process = forked.start("--config", self.config, "run", environment=environment)
        eventually(self.answers, seconds)

    def answers(self) -> bool:
        """Whether it is up."""
        assert self.process is not None
        assert self.process.poll() is None, "the service did not start"
        try:
            return requests.get(f"{self.url}/healthz", timeout=1).ok
        except requests.RequestException:
            return False

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Ask it to finish."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=40)
