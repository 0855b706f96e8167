"""Commands of the product as processes of their own, forked from one that has loaded it (`tests/support/warm.py`)."""

from __future__ import annotations

import array
import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
_LOCK = threading.Lock()


class Forked:
    """A running command; to be asked and stopped like a `subprocess.Popen`."""

    def __init__(self, arguments: list[str], pid: int, ending: int) -> None:
        self.arguments, self.pid, self._ending = arguments, pid, ending
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code, minus the signal that killed it; None while it runs."""
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code when it has ended. Raises subprocess.TimeoutExpired."""
        code = self._look(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self.arguments, timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """A signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to finish."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9."""
        self.send_signal(signal.SIGKILL)

    def _look(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._ending], [], [], timeout)[0]:
            self.returncode = int(os.read(self._ending, 16))
            os.close(self._ending)
        return self.returncode


def start(
    *arguments: str | Path,
    environment: Mapping[str, str] | None = None,
    script: Path | None = None,
    stdin: int = subprocess.DEVNULL,
    out: int = subprocess.DEVNULL,
    err: int = subprocess.STDOUT,
    session: bool = False,
) -> Forked:
    """Run `tongxin arguments …` now, or a script. `environment`: all of it; by default ours. `stdin`, `out`, `err`: open
    files; `session`: a process group of its own."""
    words = [str(each) for each in arguments]
    request = {
        "arguments": words,
        "environment": dict(environment or os.environ),
        "script": script and str(script),
        "session": session,
    }
    ending, told = os.pipe()
    nothing = os.open(os.devnull, os.O_RDWR)
    opened = [nothing if fd == subprocess.DEVNULL else fd for fd in (stdin, out)]
    fds = [*opened, opened[1] if err == subprocess.STDOUT else err, told]
    with _LOCK:
        nursery = _nursery()
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))]
        nursery.sendmsg([json.dumps(request).encode()], rights)
        pid = int(nursery.recv(32))
    os.close(told)
    os.close(nothing)
    return Forked(words, pid, ending)


def run(*arguments: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run `tongxin arguments …` to its end, at most a minute; what it printed."""
    out, err = (os.memfd_create(name) for name in ("out", "err"))
    ran = start(*arguments, environment={**os.environ, **environ}, out=out, err=err)
    try:
        code = ran.wait(60)
    finally:
        ran.kill()
    return subprocess.CompletedProcess(ran.arguments, code, _read(out), _read(err))


def _read(file: int) -> str:
    with os.fdopen(file, "rb") as opened:
        opened.seek(0)
        return opened.read().decode()


@cache
def _nursery() -> socket.socket:
    """The loaded process of this test process; it ends when we do."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-m", "tests.support.warm", str(theirs.fileno())]
    # Unbuffered, so that a stream does not mind when a fork puts another file below it.
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL
    )
    theirs.close()
    assert ours.recv(16) == b"ready"
    atexit.register(_end, ours, process)
    return ours


def _end(ours: socket.socket, process: subprocess.Popen[bytes]) -> None:
    ours.close()
    process.wait(timeout=20)
