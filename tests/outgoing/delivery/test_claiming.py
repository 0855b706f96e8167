"""Claims: each row to one worker, windows and allowances spent once and given back when nothing left."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, update

from bot.core import clock
from bot.core.db import insert_once, reading, transaction
from bot.outgoing import single_messages
from bot.outgoing.delivery import claim
from bot.runtime.services import Services
from bot.wechat import quotas
from models.followers import Follower
from models.outgoing import Channel, Delivery, DeliveryState
from models.wechat import Quota
from tests.support.parts import services_for

LEFT = 5


@pytest.fixture
def services(engine: Engine, tmp_path: Path) -> Services:
    return services_for(engine, tmp_path)


def queue(services: Services, people: int, each: int = 1) -> None:
    """Messages to people whose window is open."""
    now = clock.now()
    with transaction(services.engine) as db:
        for n in range(people):
            window = {"message_until": now + timedelta(days=1), "message_left": LEFT, "tap_left": 0}
            insert_once(db, Follower, openid=f"o{n:027d}", subscribed=True, **window)
            for copy in range(each):
                key, to = f"k{n}-{copy}", f"o{n:027d}"
                single_messages.queue_message(db, key=key, recipient=to, payload={"text": "答复"}, moment=now)
        db.execute(update(Delivery).values(channel=Channel.CUSTOM))


def windows(services: Services) -> set[int]:
    with reading(services.engine) as db:
        return set(db.scalars(select(Follower.message_left)))


def in_state(services: Services, state: DeliveryState) -> int:
    with reading(services.engine) as db:
        return db.scalar(select(func.count()).where(Delivery.state == state)) or 0


def used(services: Services, name: str) -> int:
    with reading(services.engine) as db:
        return db.scalar(select(func.sum(Quota.used)).where(Quota.name == name)) or 0


def test_many_claimers_never_hold_the_same_row(services: Services) -> None:
    queue(services, 120)
    held: list[int] = []

    def take() -> None:
        while letters := claim.claim(services):
            held.extend(letter.id for letter in letters)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while letters := claim.claim(services):  # what a busy neighbour skipped
        held.extend(letter.id for letter in letters)
    assert len(held) == len(set(held)) == 120
    assert windows(services) == {LEFT - 1}
    assert used(services, "custom_day") == 120


def test_nobody_gets_more_than_their_window_allows(services: Services) -> None:
    queue(services, 2, each=LEFT + 2)
    letters = claim.claim(services)
    assert len(letters) == 2 * LEFT
    assert windows(services) == {0}
    with reading(services.engine) as db:
        waiting = db.scalar(select(func.count()).where(Delivery.channel.is_(None)))
    assert waiting == 4, "the others choose their way again"


def test_what_is_released_costs_nothing(services: Services) -> None:
    queue(services, 10)
    letters = claim.claim(services)
    assert in_state(services, DeliveryState.LEASED) == 10
    claim.release(services, letters)
    assert in_state(services, DeliveryState.QUEUED) == 10
    assert windows(services) == {LEFT}
    assert used(services, "custom_day") == 0
    assert len(claim.claim(services)) == 10


def test_a_dead_workers_rows_are_free_again_when_nothing_had_left(services: Services) -> None:
    queue(services, 10)
    letters = claim.claim(services)
    with transaction(services.engine) as db:
        db.execute(update(Delivery).where(Delivery.id == letters[0].id).values(state=DeliveryState.SENDING))
        db.execute(update(Delivery).values(leased_until=clock.now() - timedelta(seconds=1)))
    assert claim.recover(services) == 10
    assert in_state(services, DeliveryState.UNKNOWN) == 1, "that one may have left"
    assert in_state(services, DeliveryState.QUEUED) == 9
    with reading(services.engine) as db:
        left = sorted(db.scalars(select(Follower.message_left)))
    assert left == [LEFT - 1, *[LEFT] * 9]
    assert claim.recover(services) == 0


@pytest.mark.parametrize(("most", "asked", "granted"), [(0, 70, 70), (100, 70, 70), (60, 70, 60)])
def test_an_allowance_gives_what_it_has(services: Services, most: int, asked: int, granted: int) -> None:
    allowance = quotas.Allowance("x", "x", quotas.DAY, most)
    with transaction(services.engine) as db:
        assert quotas.take(db, allowance, asked, clock.now()) == granted
        quotas.give_back(db, allowance, granted, clock.now())
        assert quotas.take(db, allowance, asked, clock.now()) == granted


def test_allowances_begin_anew_with_their_period(services: Services) -> None:
    night = clock.at(clock.today(), 23, 59)
    for span, fresh in ((quotas.MINUTE, 1), (quotas.DAY, 2), (quotas.MONTH, 32 * 24 * 60)):
        allowance = quotas.Allowance(f"of a {span}", "x", span, 1)
        with transaction(services.engine) as db:
            assert quotas.take(db, allowance, 1, night) == 1
            assert quotas.take(db, allowance, 1, night) == 0
            assert quotas.left(db, allowance, night) == 0
            assert quotas.take(db, allowance, 1, night + timedelta(minutes=fresh)) == 1
            assert allowance.ends(night) > night


def test_a_blocked_allowance_is_closed_to_everybody_until_its_end(services: Services) -> None:
    allowance, now = quotas.Allowance("y", "y", quotas.DAY, 1000), clock.now()
    with transaction(services.engine) as db:
        opens = quotas.block(db, allowance, now)
    with transaction(services.engine) as db:
        assert quotas.take(db, allowance, 1, now) == 0
        assert quotas.take(db, allowance, 1, opens + timedelta(seconds=1)) == 1


@pytest.mark.parametrize(
    ("refused", "opens"),
    [((0, 0), (0, 0, 10)), ((0, 9), (0, 0, 19)), ((0, 11), (1, 0, 1)), ((23, 59), (1, 0, 1))],
)
def test_a_refusal_just_after_midnight_does_not_cost_the_new_day(
    refused: tuple[int, int], opens: tuple[int, int, int], engine: Engine
) -> None:
    allowance, day = quotas.Allowance("custom_day", "今日客服消息", quotas.DAY, 0), date(2026, 12, 1)
    days, hour, minute = opens
    with transaction(engine) as db:
        until = quotas.block(db, allowance, clock.at(day, *refused))
    assert until == clock.at(day + timedelta(days=days), hour, minute)


def test_four_workers_share_an_allowance_exactly(services: Services) -> None:
    allowance, now = quotas.Allowance("z", "z", quotas.DAY, 100), clock.now()
    got: list[int] = []

    def take() -> None:
        for _ in range(20):
            with transaction(services.engine) as db:
                got.append(quotas.take(db, allowance, 3, now))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(got) == 100
