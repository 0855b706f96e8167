"""A process that has loaded the product, and forks: a command of ours is then up in a tenth of the time.

What it forks is a process like any other, with its own signals, files and environment; it differs from
`python -m bot …` only in that the modules and the content are in memory already. `python -m tests.support.warm FD`
hears requests on that socket and ends when its asker does. The asker is `tests/support/processes.py`.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import pkgutil
import runpy
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType
from typing import Any

Request = dict[str, Any]
DIES_WITH_PARENT = 1  # prctl(2): PR_SET_PDEATHSIG
FDS = 4  # stdin, stdout, stderr, and where the exit code goes


class Nursery:
    """Forks, and tells each asker how its process ended."""

    def __init__(self, asker: socket.socket) -> None:
        self._asker = asker
        self._ends: dict[int, int] = {}  # pid -> where its exit code goes

    def next_child(self) -> Request | None:
        """Serve; what a forked child has to do is returned in that child. None when the asker is gone."""
        signal.signal(signal.SIGCHLD, self._reap)
        while True:
            said, fds, _flags, _address = socket.recv_fds(self._asker, 1 << 18, FDS)
            if not said:
                return None
            request: Request = json.loads(said)
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})  # it may end before it is written down
            pid = os.fork()
            if pid == 0:
                self._become(request, fds)
                return request
            self._ends[pid] = fds.pop()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
            for fd in fds:
                os.close(fd)
            self._asker.send(str(pid).encode())

    def _become(self, request: Request, fds: list[int]) -> None:
        """A process of its own."""
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        self._asker.close()
        ctypes.CDLL(None).prctl(
            DIES_WITH_PARENT, signal.SIGKILL
        )  # a run that is broken off leaves nothing behind
        for end in self._ends.values():
            os.close(end)
        if request["session"]:
            os.setsid()
        for number, fd in enumerate(fds[:3]):
            os.dup2(fd, number)
        for fd in fds:
            os.close(fd)
        os.environ.clear()
        os.environ.update(request["environment"])
        time.tzset()

    def _reap(self, _signal: int, _frame: FrameType | None) -> None:
        while self._ends:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            end = self._ends.pop(pid)
            os.write(end, str(os.waitstatus_to_exitcode(status)).encode())
            os.close(end)


def load_everything() -> None:
    """Import what any command imports, and put the shipped content together once."""
    from bot import commands
    from bot.app import build_services, create_app
    from bot.core.config import load
    from bot.core.schema import status
    from bot.runtime.scheduler import Scheduler
    from bot.runtime.workers import workers_for
    from tests.conftest import fill
    from tests.support import shared
    from tests.support.place import write_config

    for module in pkgutil.iter_modules(commands.__path__):
        importlib.import_module(f"bot.commands.{module.name}")
    for name in ("bot.simulator.server", "psycopg", "granian.server.mp"):
        importlib.import_module(name)
    filled = shared.made("filled.db", lambda path: fill(f"sqlite:///{path}"))
    with tempfile.TemporaryDirectory() as folder:
        config = load(write_config(Path(folder), f"sqlite:///{filled}", 9), environ={})
        services = build_services(config)
        status(services.engine)
        services.libraries.current()
        create_app(config, services)
        workers_for(services), Scheduler(services)
        services.engine.dispose()


def serve(asker: socket.socket) -> None:
    """Load, fork on request, and run a command, or a script, in each fork."""
    load_everything()
    gc.collect()
    gc.freeze()
    asker.send(b"ready")
    request = Nursery(asker).next_child()
    if request is None:
        return
    if request["script"]:
        sys.argv = [request["script"], *request["arguments"]]
        runpy.run_path(request["script"], run_name="__main__")
        return
    from bot.commands.cli import main

    main(request["arguments"], prog_name="tongxin")


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
