"""Reminders before a window closes: the right people on the right days, once, and nothing late."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from bot.core import clock
from bot.core.db import reading, transaction
from bot.followers import people
from bot.policies import reminders
from bot.runtime.jobs import fixed_jobs, run_once
from bot.runtime.services import Services
from models.followers import Follower
from models.outgoing import Delivery, DeliveryState
from models.policies import Favourite, Policy
from models.profiles import Profile
from tests.support.parts import services_for
from tests.support.place import Place, eventually

PLAN = fixed_jobs()["remind_of_closing_windows"]
TODAY = date(2026, 12, 1)
SLUG, OTHER, UNCHECKED = "shu-zi-kong-jian-cuo-shi", "xu-dai-tong-zhi", "shi-hui-shi-tiao"


def set_window(engine: Engine, slug: str, closes: date) -> int:
    """Give a package a closing day, as staff would; its id."""
    with transaction(engine) as db:
        row = db.scalars(select(Policy).where(Policy.slug == slug)).one()
        row.document = {**row.document, "window_close": closes.isoformat(), "year_round": False}
        return row.id


def follower(engine: Engine, openid: str, *, saved: tuple[int, ...] = (), **words: Any) -> None:
    with transaction(engine) as db:
        db.add(Follower(openid=openid, subscribed=words.pop("subscribed", True), message_left=0, tap_left=0))
        for policy_id in saved:
            db.add(Favourite(openid=openid, policy_id=policy_id, created_at=clock.now()))
        if words:
            db.add(Profile(openid=openid, updated_at=clock.now(), **words))


def run(services: Services, day: date) -> bool:
    due = clock.at(day, 9)
    with clock.frozen(due + timedelta(minutes=1)):
        return run_once(services, PLAN, due)


def notices(engine: Engine, *states: DeliveryState) -> dict[str, list[str]]:
    """What waits for whom."""
    with reading(engine) as db:
        rows = list(
            db.scalars(select(Delivery).where(Delivery.key.startswith("remind:")).order_by(Delivery.id))
        )
    found: dict[str, list[str]] = {}
    for row in rows:
        if not states or row.state in states:
            found.setdefault(str(row.recipient), []).append(str(row.payload.get("text")))
    return found


@pytest.fixture
def services(engine: Engine, tmp_path: Path) -> Services:
    return services_for(engine, tmp_path)


def test_who_saved_it_and_whom_it_fits_hear_of_it(services: Services, engine: Engine) -> None:
    saved = set_window(engine, SLUG, TODAY + timedelta(days=7))
    unchecked = set_window(engine, UNCHECKED, TODAY + timedelta(days=7))
    follower(engine, "saver", saved=(saved,))
    follower(engine, "fits", industry="科幻游戏")
    follower(engine, "another", industry="建筑")
    follower(engine, "unknown", industry="其他")
    follower(engine, "gone", saved=(saved,), subscribed=False)
    follower(engine, "refuses", saved=(saved,), industry="科幻游戏")
    follower(engine, "saved something unchecked", saved=(unchecked,))
    with transaction(engine) as db:
        assert reminders.refuse(db, "refuses")
    assert run(services, TODAY)
    told = notices(engine)
    assert told.keys() == {"saver", "fits"}
    assert "《数字空间措施》12月8日（周二）截止申报，还有7天（您收藏的）" in told["saver"][0]
    assert "因为您从事科幻游戏" in told["fits"][0]
    assert "退订提醒" in told["fits"][0]
    assert not run(services, TODAY)


def test_only_on_the_four_days(services: Services, engine: Engine) -> None:
    closes = TODAY + timedelta(days=20)
    follower(engine, "saver", saved=(set_window(engine, SLUG, closes),))
    told_on = []
    for back in range(20, -2, -1):
        before = len(notices(engine).get("saver", []))
        run(services, closes - timedelta(days=back))
        if len(notices(engine).get("saver", [])) > before:
            told_on.append(back)
    assert told_on == [15, 7, 3, 1]


def test_several_windows_are_one_message_and_never_twice(services: Services, engine: Engine) -> None:
    both = (
        set_window(engine, SLUG, TODAY + timedelta(days=3)),
        set_window(engine, OTHER, TODAY + timedelta(days=1)),
    )
    follower(engine, "saver", saved=both, industry="科幻游戏", size="小")
    run(services, TODAY)
    (text,) = notices(engine)["saver"]
    assert text.index("续贷通知") < text.index("数字空间措施")
    with (
        clock.frozen(clock.at(TODAY, 10)),
        transaction(engine) as db,
    ):  # the same day once more, whatever the claim says
        reminders.remind(services, db, clock.at(TODAY, 9))
    assert len(notices(engine)["saver"]) == 1


def test_a_reminder_that_nobody_saw_in_time_is_not_shown(services: Services, engine: Engine) -> None:
    follower(engine, "saver", saved=(set_window(engine, SLUG, TODAY + timedelta(days=1)),))
    run(services, TODAY)
    with transaction(engine) as db:
        row = db.scalars(select(Delivery).where(Delivery.recipient == "saver")).one()
        row.state = DeliveryState.WAITING_CONTACT
    run(services, TODAY + timedelta(days=1))
    assert notices(engine, DeliveryState.WAITING_CONTACT).keys() == {"saver"}
    run(services, TODAY + timedelta(days=2))
    assert notices(engine, DeliveryState.CANCELLED).keys() == {"saver"}


@pytest.mark.parametrize(
    ("now", "not_before"),
    [
        (datetime(2026, 12, 1, 9, 5), datetime(2026, 12, 1, 9, 5)),
        (datetime(2026, 12, 1, 21, 30), datetime(2026, 12, 2, 8, 0)),
        (datetime(2026, 12, 1, 3, 0), datetime(2026, 12, 1, 8, 0)),
    ],
)
def test_nothing_leaves_in_quiet_hours(
    services: Services, engine: Engine, now: datetime, not_before: datetime
) -> None:
    quiet = replace(services.config.delivery, quiet_from=time(21), quiet_to=time(8))
    services.config = replace(services.config, delivery=quiet)
    follower(engine, "saver", saved=(set_window(engine, SLUG, TODAY + timedelta(days=7)),))
    with clock.frozen(now.replace(tzinfo=clock.SHANGHAI)):
        run_once(services, PLAN, clock.at(TODAY, 9))
    with reading(engine) as db:
        row = db.scalars(select(Delivery).where(Delivery.recipient == "saver")).one()
    assert row.not_before == not_before.replace(tzinfo=clock.SHANGHAI)


def test_erasing_a_person_erases_the_refusal(services: Services, engine: Engine) -> None:
    follower(engine, "leaver")
    with transaction(engine) as db:
        reminders.refuse(db, "leaver")
        person = db.scalars(select(Follower).where(Follower.openid == "leaver")).one()
        people.erase(db, services, person, clock.now())
    with transaction(engine) as db:
        assert reminders.refuse(db, "leaver")


def test_switching_them_off_and_on_by_chat(fresh_place: Place) -> None:
    place, person = fresh_place, fresh_place.citizen()
    person.says("款项支付条例")
    person.says("数字空间措施")
    person.says("收藏")
    closes = clock.local(clock.now()).date() + timedelta(days=8)
    set_window(place.engine, SLUG, closes)
    assert "不再提醒" in person.says("退订提醒")
    assert "之前已关闭" in person.says("不要提醒")
    assert "提醒已开启" in person.says("开启提醒")
    place.travel_to(clock.at(closes - timedelta(days=7), 9, 1))
    heard = eventually(lambda: [m for m in person.received("custom") if "申报提醒" in str(m)])
    assert len(heard) == 1
    assert "您收藏的" in str(heard[0])
