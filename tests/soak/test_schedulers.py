"""Four schedulers that are killed at random: every weekly occurrence has exactly one effect, also after a downtime."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, update

from bot.core import clock
from bot.core.db import reading, transaction
from bot.study import series as study
from models.followers import Follower
from models.jobs import JobRun
from models.outgoing import Broadcast
from models.study import Issue, Item, Series, Subscription
from tests.soak import runs
from tests.support.place import eventually
from tests.support.processes import Process, wait_up
from tests.support.town import Town, town

OCCURRENCES = 60
GRACE = timedelta(hours=72)
YEAR = timedelta(days=366)
pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]
SCHEDULERS = ("scheduler-1", "scheduler-2", "scheduler-3", "scheduler-4")


def series_of(place: Town, items: int) -> Series:
    """One series with so many items and one subscriber; all others are switched off."""
    with transaction(place.engine) as db:
        db.execute(update(Series).values(enabled=False))
        series = Series(
            slug="soak", title="每周一学", description="", weekday=3, hour=9, minute=0, position=99
        )
        db.add(series)
        db.flush()
        shared = {"series_id": series.id, "digest": "摘要", "document": {}, "body": "正文", "edited": False}
        rows = [{"slug": f"soak-{n}", "position": n, "title": f"第{n}期"} for n in range(1, items + 1)]
        db.execute(insert(Item), [{**shared, **row} for row in rows])
        person = {"openid": "o" + "s" * 27, "subscribed": True, "message_left": 0, "tap_left": 0}
        db.execute(insert(Follower), [person])
        db.add(Subscription(series_id=series.id, openid=person["openid"], created_at=clock.now()))
        return series


def issued(place: Town) -> list[tuple[datetime, int]]:
    """Which item went out for which occurrence, in the order of the occurrences."""
    query = select(Issue.due_at, Item.position).join(Item, Item.id == Issue.item_id).order_by(Issue.due_at)
    with reading(place.engine) as db:
        return [(row.due_at, row.position) for row in db.execute(query)]


def broadcasts(place: Town) -> int:
    """How many there are."""
    with reading(place.engine) as db:
        return db.scalar(select(func.count()).select_from(Broadcast)) or 0


def claims(place: Town) -> list[datetime]:
    """What stands for the weeks that were claimed within the last year; older claims are forgotten (bot/health/jobs.py),
    long after the grace in which their week could be done again."""
    mine = (JobRun.job == "study:soak", JobRun.due_at > clock.now() - YEAR)
    with reading(place.engine) as db:
        return list(db.scalars(select(JobRun.due_at).where(*mine).order_by(JobRun.due_at)))


def start(place: Town) -> list[Process]:
    """Four schedulers, up."""
    started = [place.process(name, "scheduler") for name in SCHEDULERS]
    wait_up(started)
    return started


def strike(schedulers: Sequence[Process], chance: random.Random) -> None:
    """Kill one at a moment near the hour, and start another in its place."""
    time.sleep(chance.uniform(0, 1.2))  # they look once a second, each at its own moment
    victim = chance.choice(schedulers)
    victim.kill()
    victim.start()


def test_every_occurrence_has_exactly_one_effect(
    dialect: str, new_database: Callable[[], str], tmp_path: Path
) -> None:
    occurrences = runs.asked_for("SOAK_OCCURRENCES", OCCURRENCES)
    chance, due_at = random.Random(60), list[datetime]()
    with town(new_database(), tmp_path, grace=72) as place:
        series, schedulers = series_of(place, occurrences), start(place)
        # A series that is new may still have last week's hour inside its grace: it is then issued at once.
        time.sleep(3)
        due_at += [due for due, _ in issued(place)]
        while len(due_at) < occurrences:
            due_at.append(study.next_occurrence(series, clock.now()))
            place.travel(due_at[-1] - timedelta(seconds=0.5))
            if chance.random() < 0.7:
                strike(schedulers, chance)
            eventually(partial(_reached, place, len(due_at)), 60)
        time.sleep(3)  # whoever would do one of them again has time for it
        assert issued(place) == [(due, position) for position, due in enumerate(due_at, 1)]
        assert broadcasts(place) == occurrences
        weeks = [study.claim_of(series, due) for due in due_at]
        assert claims(place) == [week for week in weeks if week > clock.now() - YEAR]
        print(f"\n{occurrences} occurrences, {sum(one.kills for one in schedulers)} kills, one effect each")


def _reached(place: Town, occurrences: int) -> bool:
    return len(issued(place)) >= occurrences


@pytest.mark.parametrize(
    ("late", "effects"), [(GRACE - timedelta(hours=1), 1), (GRACE + timedelta(hours=1), 0)]
)
def test_a_server_that_was_down_over_the_hour(
    late: timedelta, effects: int, dialect: str, new_database: Callable[[], str], tmp_path: Path
) -> None:
    with town(new_database(), tmp_path, grace=72) as place:
        series = series_of(place, 3)
        due = study.next_occurrence(series, clock.now())
        place.travel(due - timedelta(days=1))
        before = start(place)
        time.sleep(2)
        for process in before:
            process.stop()
        issues = len(issued(place))
        place.travel(due + late)
        start(place)
        time.sleep(5)
        assert [when for when, _ in issued(place)][issues:] == [due] * effects
