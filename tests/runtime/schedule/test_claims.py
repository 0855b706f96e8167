"""Each occurrence happens once, over processes, restarts and failures."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.orm import Session

from bot.core import clock
from bot.core.db import insert_once, reading, transaction
from bot.outgoing.delivery.claim import claim
from bot.outgoing.delivery.recipients import make_rows
from bot.runtime.jobs import Job, run_due
from bot.runtime.services import Services
from bot.study import series as study
from models.followers import Follower
from models.jobs import JobRun
from models.outgoing import Broadcast, Channel, Delivery, DeliveryState
from models.study import Issue, Series, Subscription, enabled_series
from tests.support import forked
from tests.support.parts import services_for

DUE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def plan(grace: timedelta = timedelta(hours=3)) -> Job:
    def body(services: Services, db: Session, due_at: datetime) -> None:
        insert_once(db, Follower, openid=secrets.token_hex(12), subscribed=True, message_left=0, tap_left=0)

    return Job("test", "test", lambda moment: DUE if moment >= DUE else None, grace, body)


def runs(engine: Engine) -> int:
    with reading(engine) as db:
        return db.scalar(select(func.count()).select_from(JobRun)) or 0


@pytest.fixture
def services(engine: Engine, tmp_path: Path) -> Services:
    return services_for(engine, tmp_path)


@pytest.mark.parametrize(
    ("late", "happens"),
    [(timedelta(0), True), (timedelta(hours=2, minutes=59), True), (timedelta(hours=3, minutes=1), False)],
)
def test_a_missed_occurrence_is_caught_up_inside_its_grace_only(
    services: Services, late: timedelta, happens: bool
) -> None:
    with clock.frozen(DUE + late):
        assert run_due(services, [plan()], {}) == (["test"] if happens else [])
        assert run_due(services, [plan()], {}) == []
    assert runs(services.engine) == int(happens)


def test_a_body_that_fails_leaves_no_claim_and_is_tried_again(services: Services) -> None:
    tries = []

    def body(services: Services, db: Session, due_at: datetime) -> None:
        tries.append(due_at)
        if len(tries) == 1:
            raise RuntimeError("the first try fails")

    failing = Job("failing", "failing", lambda moment: DUE, timedelta(hours=1), body)
    with clock.frozen(DUE):
        assert run_due(services, [failing], {}) == []
        assert run_due(services, [failing], {}) == ["failing"]
    assert len(tries) == 2


def test_one_of_four_processes_claims_an_occurrence(services: Services, tmp_path: Path) -> None:
    code = Path(__file__).with_name("claimer.py")
    url = services.engine.url.render_as_string(hide_password=False)
    outs = [tmp_path / f"{n}.json" for n in range(4)]
    started = []
    for path in outs:
        with path.open("wb") as out:
            started.append(forked.start(url, script=code, out=out.fileno()))
    assert [process.wait(60) for process in started] == [0] * 4
    claimed = [json.loads(path.read_text()) for path in outs]
    assert sorted(n for part in claimed for n in part) == sorted(f"{n:02d}" for n in range(30))


def subscribe(services: Services, openid: str) -> Series:
    with transaction(services.engine) as db:
        insert_once(db, Follower, openid=openid, subscribed=True, message_left=0, tap_left=0)
        series = enabled_series(db)[0]
        study.subscribe(db, openid, series)
        return series


def test_a_week_sends_the_next_item_once_to_each_subscriber(services: Services) -> None:
    series = subscribe(services, "o" + "a" * 27)
    for week in range(2):
        due = DUE + timedelta(days=7 * week)
        with transaction(services.engine) as db:
            assert study.send_week(db, series.id, due, lambda path: f"https://x{path}")
    with reading(services.engine) as db:
        positions = db.scalars(select(Issue.item_id).order_by(Issue.due_at)).all()
        assert len(set(positions)) == 2
        assert db.scalar(select(func.count()).select_from(Broadcast)) == 2


def test_a_series_without_subscribers_keeps_its_first_item(services: Services) -> None:
    with transaction(services.engine) as db:
        series = enabled_series(db)[0]
        assert not study.send_week(db, series.id, DUE, str)
        assert db.scalar(select(func.count()).select_from(Issue)) == 0


@pytest.mark.parametrize(
    ("week_of", "weekday", "sent_on"),
    [
        ("2026-11-25", 1, "2026-11-23"),
        ("2026-10-05", 1, "2026-10-08"),  # 1–7 October are rest days
        ("2026-10-07", 6, "2026-10-10"),  # a Saturday that works
        ("2026-02-18", 3, "2026-02-24"),  # Spring Festival
    ],
)
def test_an_occurrence_on_a_rest_day_moves_to_the_next_working_day(
    week_of: str, weekday: int, sent_on: str
) -> None:
    series = Series(slug="x", title="x", description="", weekday=weekday, hour=9, minute=0, position=1)
    due = study.occurrence(series, datetime.fromisoformat(week_of).date())
    assert clock.local(due).isoformat() == f"{sent_on}T09:00:00+08:00"


def test_an_hour_moved_within_the_week_is_the_same_occurrence() -> None:
    thursday = Series(slug="x", title="x", description="", weekday=4, hour=9, minute=0, position=1)
    wednesday = Series(slug="x", title="x", description="", weekday=3, hour=9, minute=0, position=1)
    day = datetime.fromisoformat("2026-11-26").date()
    claims = {study.claim_of(one, study.occurrence(one, day)) for one in (thursday, wednesday)}
    assert len(claims) == 1
    following = study.claim_of(thursday, study.occurrence(thursday, day + timedelta(days=7)))
    assert following not in claims


def test_who_unsubscribes_while_the_week_is_being_written_gets_nothing(services: Services) -> None:
    openid = "o" + "b" * 27
    series = subscribe(services, openid)
    with transaction(services.engine) as db:
        study.send_week(db, series.id, DUE, lambda path: f"https://x{path}")
    make_rows(services)
    with transaction(services.engine) as db:
        db.execute(update(Delivery).values(state=DeliveryState.QUEUED, channel=Channel.CUSTOM))
        db.execute(update(Follower).values(message_until=clock.now() + timedelta(days=1), message_left=5))
        db.execute(delete(Subscription))  # as by a transaction that ran beside it
    assert claim(services) == []
    with reading(services.engine) as db:
        assert list(db.scalars(select(Delivery.state))) == [DeliveryState.CANCELLED]


def test_a_weeks_rows_are_made_once_for_each_subscriber(services: Services) -> None:
    openids = ["o" + letter * 27 for letter in "cde"]
    for openid in openids:
        series = subscribe(services, openid)
    with transaction(services.engine) as db:
        study.send_week(db, series.id, DUE, lambda path: f"https://x{path}")
    assert make_rows(services) == 3
    assert make_rows(services) == 0
    with reading(services.engine) as db:
        assert sorted(str(one) for one in db.scalars(select(Delivery.recipient))) == openids
