"""How many messages a second the webhook answers on PostgreSQL: one process under waitress, two under granian, two
under gunicorn; ratios are to the echo that stores nothing (design §7).

python -m benchmarks.web_processes [--count 3000] [--connections 16] [--processes 2]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.load import KEYS, Result
from benchmarks.town import machine, postgres
from benchmarks.webhook import CONFIG, Server, echo, free_port, running, show

GUNICORN = str(Path(__file__).parents[1] / "deploy" / "gunicorn.conf.py")


@contextmanager
def service(url: str, folder: Path, way: str, processes: int) -> Iterator[Server]:
    """Our web application on this database: by waitress, granian or gunicorn."""
    port, config = free_port(), folder / "config.toml"
    text = CONFIG.format(port=port, durability="full", **KEYS)
    config.write_text(text.replace("[database]\n", f'[database]\nurl = "{url}"\n'))
    tongxin = [sys.executable, "-m", "bot", "--config", str(config)]
    for verb in (["migrate"], ["content", "import"]):
        subprocess.run([*tongxin, *verb], check=True, stdout=subprocess.DEVNULL)
    commands = {
        "waitress": [*tongxin, "web"],
        "granian": [*tongxin, "web", "--processes", str(processes)],
        "gunicorn": [sys.executable, "-m", "gunicorn", "-c", GUNICORN, "--log-level", "warning"],
    }
    environment = {
        "TONGXIN_CONFIG": str(config),
        "BIND": f"127.0.0.1:{port}",
        "PROCESSES": str(processes),
    }
    with running(commands[way], port, environment) as server:
        yield server


def measured(server: Server, count: int, connections: int) -> tuple[Result, Result]:
    """At full load, and at half of what that gave."""
    for first in (0, 400, 800):  # every process has read its content by then
        server.load(count=300, connections=8, first=first)
    full = server.load(count=count, connections=connections, first=10_000)
    half = server.load(count=count // 2, connections=connections, rate=full.rate / 2, first=50_000)
    return full, half


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    print(machine())
    with echo() as server:
        server.load(count=300, connections=4)
        yardstick = server.load(count=options.count, connections=options.connections)
    show("echo, stores nothing", yardstick)
    for way, processes in (("waitress", 1), ("granian", options.processes), ("gunicorn", options.processes)):
        with (
            postgres() as url,
            tempfile.TemporaryDirectory() as folder,
            service(url, Path(folder), way, processes) as server,
        ):
            full, half = measured(server, options.count, options.connections)
        show(f"{way}, {processes} process(es)", full, yardstick)
        show("  the same at half load", half, yardstick)


if __name__ == "__main__":
    main()
