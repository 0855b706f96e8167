"""How many messages a second the webhook answers, as a ratio to an echo that stores nothing (design §7).

python -m benchmarks.webhook [--count 3000] [--connections 16]
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.load import KEYS, Result, run

WORDS = "民营经济促进法"
CONFIG = """\
[server]
port = {port}
public_url = "http://127.0.0.1:{port}"
secret_key = "key-of-the-bench-0123456789abcdefghij"
[database]
durability = "{durability}"
[wechat]
appid = "{appid}"
secret = "{secret}"
token = "{token}"
aes_key = "{aes_key}"
api_base = "http://127.0.0.1:9"
[logging]
level = "warning"
"""


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Server:
    """A running one."""

    port: int
    pid: int

    def load(self, **shape: Any) -> Result:
        """Load it; the result knows what that cost the server's processes."""
        before = cpu_seconds(self.pid)
        result = run(self.port, WORDS, **shape)
        result.cpu = cpu_seconds(self.pid) - before
        return result


def cpu_seconds(pid: int) -> float:
    """The processor time of a process and its living children: it says what an answer costs on a busy machine too."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0.0
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(cpu_seconds(int(child)) for child in children)


@contextmanager
def running(command: list[str], port: int, env: dict[str, str] | None = None) -> Iterator[Server]:
    """A server in a process of its own, up when the block begins."""
    process = subprocess.Popen(command, env={**os.environ, **(env or {})}, stdout=subprocess.DEVNULL)
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def echo() -> Iterator[Server]:
    """The yardstick under gunicorn, 2 workers of 4 threads."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "-k",
        "gthread",
        "-w",
        "2",
        "--threads",
        "4",
        "-b",
        f"127.0.0.1:{port}",
        "benchmarks.echo:app",
    ]
    keys = {"ECHO_TOKEN": KEYS["token"], "ECHO_KEY": KEYS["aes_key"], "ECHO_APPID": KEYS["appid"]}
    with running(command, port, keys) as server:
        yield server


@contextmanager
def service(verb: str, folder: Path, durability: str = "full") -> Iterator[Server]:
    """Ours: `tongxin run` or `tongxin web` on SQLite."""
    port = free_port()
    config = folder / "config.toml"
    config.write_text(CONFIG.format(port=port, durability=durability, **KEYS))
    tongxin = [sys.executable, "-m", "bot", "--config", str(config)]
    subprocess.run([*tongxin, "migrate"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([*tongxin, "content", "import"], check=True, stdout=subprocess.DEVNULL)
    with running([*tongxin, verb], port) as server:
        yield server


def show(name: str, result: Result, yardstick: Result | None = None) -> None:
    """One row of the table: answers a second and processor time an answer, each with its ratio to the yardstick."""
    cost = 1000 * result.cpu / max(1, result.answered)
    ratio, cheap = f"{'—':>5}", f"{'—':>5}"
    if yardstick:
        ratio = f"{result.rate / yardstick.rate:5.2f}"
        cheap = f"{1000 * yardstick.cpu / yardstick.answered / cost:5.2f}"
    print(
        f"{name:24} {result.rate:8.0f}/s {ratio}  p50 {result.at(0.5):6.1f} ms  p99 {result.at(0.99):6.1f} ms"
        f"  wrong {result.wrong}  cpu {cost:5.2f} ms {cheap}",
        flush=True,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--connections", type=int, default=16)
    options = parser.parse_args()
    shape = {"count": options.count, "connections": options.connections}
    with echo() as server:
        server.load(count=300, connections=4)
        yardstick = server.load(**shape)
    show("echo, stores nothing", yardstick)
    with tempfile.TemporaryDirectory() as folder, service("run", Path(folder), "normal") as server:
        server.load(count=300, connections=4)
        show("tongxin run, normal", server.load(**shape, first=10_000), yardstick)
    with tempfile.TemporaryDirectory() as folder, service("run", Path(folder)) as server:
        server.load(count=300, connections=4)
        full = server.load(**shape, first=10_000)
        show("tongxin run, full", full, yardstick)
        at_half = {"count": options.count // 2, "connections": options.connections, "rate": full.rate / 2}
        show("the same at half load", server.load(**at_half, first=50_000), yardstick)


if __name__ == "__main__":
    main()
