"""How long it takes to make a broadcast's rows on PostgreSQL, and what memory (design §7: a million in < 60 s, flat).
The ratio is to one INSERT … SELECT of the same rows in a single transaction.

python -m benchmarks.materialise [--people 1000000]
"""

from __future__ import annotations

import argparse
import resource
import time

from sqlalchemy import text

from benchmarks.town import machine, postgres, town
from bot.outgoing.delivery.recipients import make_rows

PEOPLE = """INSERT INTO followers (openid, subscribed, message_left, tap_left)
SELECT 'o' || substr(md5(n::text), 1, 27), true, 0, 0 FROM generate_series(1, :count) n"""
BARE = """INSERT INTO deliveries (key, broadcast_id, recipient, payload, state, channel, asked, attempts, not_before,
created_at) SELECT 'y' || openid, NULL, openid, '{}'::jsonb, 'queued', 'mass', false, 0, now(), now() FROM followers"""


def peak() -> float:
    """This process's largest memory so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    options = parser.parse_args()
    print(machine())
    with postgres() as url, town(url) as place:
        with place.services.engine.begin() as connection:
            connection.execute(text(PEOPLE), {"count": options.people})
            connection.execute(text("ANALYZE followers"))
        started = time.perf_counter()
        with place.services.engine.begin() as connection:
            connection.execute(text(BARE))
        yardstick = time.perf_counter() - started
        place.empty()
        place.broadcast()
        before = peak()
        started = time.perf_counter()
        made = make_rows(place.services)
        seconds = time.perf_counter() - started
        print(
            f"{made} rows in {seconds:.1f} s, {made / seconds:.0f}/s, ratio to one bare INSERT {yardstick / seconds:.2f}"
        )
        print(f"memory before {before:.0f} MB, at most {peak():.0f} MB")


if __name__ == "__main__":
    main()
