"""How many customer-service messages a second the delivery loop sends, as a ratio to a bare HTTP client that makes
the same calls to the same simulator in the same run (design §7).

python -m benchmarks.delivery [--people 6000] [--latency 0 0.05] [--database postgres sqlite]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import threading
import time
from pathlib import Path

import urllib3

from benchmarks.town import Town, machine, postgres, town, until

THREADS = 12  # as [delivery] workers


def bare(place: Town, openids: list[str]) -> float:
    """Messages a second of threads that do nothing but call."""
    token = place.services.gateway._tokens.get()
    url = f"{place.simulator}/cgi-bin/message/custom/send?access_token={token}"
    pool = urllib3.PoolManager(maxsize=THREADS, block=True)
    waiting = list(openids)

    def call() -> None:
        while waiting:
            try:
                openid = waiting.pop()
            except IndexError:
                return
            body = {"touser": openid, "msgtype": "text", "text": {"content": "惠企政策解读"}}
            answer = pool.request("POST", url, body=json.dumps(body, ensure_ascii=False).encode())
            assert answer.json()["errcode"] == 0, answer.data

    started = time.perf_counter()
    threads = [threading.Thread(target=call) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(openids) / (time.perf_counter() - started)


def loop(place: Town, count: int, processes: int) -> float:
    """Messages a second of our worker processes, from the first to the last that WeChat took."""
    place.empty()
    place.broadcast("custom")
    from bot.outgoing.delivery.recipients import make_rows

    make_rows(place.services)
    workers = [place.process("worker") for _ in range(processes)]
    try:
        until(lambda: place.counts().get("sent", 0) >= count * 0.1)  # they have started
        begun, at = time.perf_counter(), place.counts().get("sent", 0)
        until(lambda: place.counts().get("sent", 0) >= count * 0.95)
        ended, done = time.perf_counter(), place.counts().get("sent", 0)
        until(lambda: place.counts() == {"sent": count})
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait(timeout=60)
    return (done - at) / (ended - begun)


def measure(url: str, database: str, people: int, latencies: list[float]) -> None:
    """One database's rows of the table."""
    with town(url) as place:
        for latency in latencies:
            place.sim("faults", {"clear": True})
            openids = place.people(people)  # new ones: a window holds five messages
            if latency:
                path = "/cgi-bin/message/custom/send"
                place.sim("faults", {"faults": [{"path": path, "latency": latency}]})
            yardstick = bare(place, openids)
            row = f"{database:10} {latency * 1000:5.0f} ms   bare client {yardstick:6.0f}/s"
            for processes in (1, 2) if database == "postgres" else (1,):
                rate = loop(place, people, processes)
                row += f"   {processes} worker(s) {rate:6.0f}/s ({rate / yardstick:4.2f})"
            print(row, flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=6000)
    parser.add_argument("--latency", type=float, nargs="*", default=[0.0, 0.05])
    parser.add_argument("--database", nargs="*", default=["postgres", "sqlite"])
    options = parser.parse_args()
    print(machine())
    if "postgres" in options.database:
        with postgres() as url:
            measure(url, "postgres", options.people, options.latency)
    if "sqlite" in options.database:
        with tempfile.TemporaryDirectory() as folder:
            measure(f"sqlite:///{Path(folder) / 'bench.db'}", "sqlite", options.people, options.latency)


if __name__ == "__main__":
    main()
