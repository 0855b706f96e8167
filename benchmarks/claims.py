"""How many messages a second workers can claim on PostgreSQL with 1, 2 and 4 processes; the ratio is to a bare
UPDATE … SKIP LOCKED … RETURNING of the same number of rows from one connection.

python -m benchmarks.claims [--people 8000]
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from pathlib import Path

from sqlalchemy import text

from benchmarks.town import Town, machine, postgres, town
from bot.app import build_services
from bot.core.config import load
from bot.outgoing.delivery import claim
from bot.outgoing.delivery.recipients import make_rows

BARE = """UPDATE deliveries SET state = 'leased', leased_until = now() + interval '1 minute' WHERE id IN
(SELECT id FROM deliveries WHERE state = 'queued' ORDER BY id LIMIT 50 FOR UPDATE SKIP LOCKED) RETURNING id"""


def claim_all(config: Path, ready: object, go: object, taken: object) -> None:
    """Claim until nothing is left, in a process of its own."""
    services = build_services(load(config, environ={}))
    ready.release()  # type: ignore[attr-defined]
    go.wait()  # type: ignore[attr-defined]
    count = 0
    while letters := claim.claim(services):
        count += len(letters)
    taken.put(count)  # type: ignore[attr-defined]


def claims(place: Town, processes: int) -> tuple[int, float]:
    """How many were claimed in all, and the seconds it took."""
    context = multiprocessing.get_context("spawn")
    ready, go, taken = context.Semaphore(0), context.Event(), context.Queue()
    started = [
        context.Process(target=claim_all, args=(place.config, ready, go, taken)) for _ in range(processes)
    ]
    for process in started:
        process.start()
    for _ in started:
        ready.acquire()
    begun = time.perf_counter()
    go.set()
    total = sum(taken.get(timeout=300) for _ in started)
    seconds = time.perf_counter() - begun
    for process in started:
        process.join()
    return total, seconds


def refill(place: Town) -> None:
    """All rows are queued again."""
    place.empty()
    place.broadcast("custom")
    make_rows(place.services)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=8000)
    options = parser.parse_args()
    print(machine())
    with postgres() as url, town(url) as place:
        place.people(options.people)
        refill(place)
        begun, bare = time.perf_counter(), 0
        with place.services.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while found := connection.execute(text(BARE)).all():
                bare += len(found)
        yardstick = bare / (time.perf_counter() - begun)
        print(f"bare UPDATE      {yardstick:8.0f}/s")
        for processes in (1, 2, 4):
            refill(place)
            total, seconds = claims(place, processes)
            rate = total / seconds
            print(
                f"{processes} process(es)     {rate:8.0f}/s ({rate / yardstick:4.2f})   claimed {total} of {options.people}"
            )


if __name__ == "__main__":
    main()
