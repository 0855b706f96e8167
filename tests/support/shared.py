"""What all workers of one test run share: the first that needs it makes it, and it goes with the run."""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

FOLDER = "TESTS_SHARED_FOLDER"


def begin() -> None:
    """Make the folder of this run. The workers that start later inherit its name."""
    folder = Path(tempfile.mkdtemp(prefix="tongxin-tests-", dir="/tmp"))  # a socket's path must be short
    folder.chmod(0o755)  # PostgreSQL may run as somebody else
    os.environ[FOLDER] = str(folder)


def home() -> Path:
    """The folder of this run."""
    return Path(os.environ[FOLDER])


def end() -> None:
    """Stop what runs there, and let the folder go."""
    folder = os.environ.pop(FOLDER)
    for server in Path(folder).glob("*/postmaster.pid"):
        os.kill(int(server.read_text().split()[0]), signal.SIGQUIT)  # nothing need be kept
    # Hundreds of databases are half a million files: nobody waits until they are gone, and no pipe that somebody reads
    # to its end stays open for it.
    gone = ["sh", "-c", f"exec >&- 2>&-; sleep 1; rm -rf {folder}"]
    subprocess.Popen(gone, start_new_session=True, stdin=subprocess.DEVNULL)


def made(name: str, make: Callable[[Path], None]) -> Path:
    """The file or folder of this name, made by whichever process asks first while the others wait."""
    if FOLDER not in os.environ:  # a benchmark, which is no test run
        begin()
        atexit.register(end)
    path, whole = home() / name, home() / f"{name}.made"
    with (home() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not whole.exists():
            _discard(path)
            make(path)
            whole.touch()
    return path


def _discard(path: Path) -> None:
    """What somebody began and did not finish."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
