"""A process that tries to claim thirty occurrences; prints those it got."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta

from bot.core.db import connect, insert_once, transaction
from models.jobs import JobRun


def main(url: str) -> None:
    engine = connect(url)
    start, got = datetime(2026, 1, 5, 1, tzinfo=UTC), []
    for n in range(30):
        with transaction(engine) as db:
            due = start + timedelta(days=n)
            if insert_once(db, JobRun, job="race", due_at=due, done_at=due) is not None:
                got.append(f"{n:02d}")
    engine.dispose()
    print(json.dumps(got))


main(sys.argv[1])
