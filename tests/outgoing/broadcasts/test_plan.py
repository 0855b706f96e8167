"""The plan tells beforehand what sending will do: its figures against a plain count over generated people."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from bot.core import clock
from bot.core.actor import Actor
from bot.core.db import connect, reading, transaction
from bot.outgoing.broadcasts.automatic import leaving
from bot.outgoing.plan import Plan, plan, proposal
from bot.runtime.services import Services
from bot.staff import colleagues
from bot.study import series as study
from bot.wechat import quotas
from bot.wechat.capabilities import Capability
from models.consents import NoticeConsent
from models.followers import Follower
from models.outgoing import BroadcastState, Channel, DeliveryState
from models.staff import Role
from models.study import enabled_series
from tests.outgoing.broadcasts.office import EVERYBODY, Office, delivery, follower
from tests.support.parts import services_for

C = Channel
PAYLOADS: dict[str, dict[str, Any]] = {
    "text": {"text": "座谈会"},
    "article": {"title": "一图读懂", "html": "<p>正文</p>"},
    "notice": {"template_id": "T1", "data": {"thing1": "座谈会"}},
    "template": {"template_id": "T1", "data": {"thing1": "座谈会"}},
}
NOON = clock.at(clock.today() + timedelta(days=1), 12)


class People:
    """Followers whose windows, months and consents are known here too."""

    def __init__(self, moment: datetime) -> None:
        dice = random.Random(7)
        spans = (None, -timedelta(hours=1), timedelta(hours=1), timedelta(hours=30))
        self.followers, self.got, self.agreed = [], {}, set()
        for number, (span, left, tap, subscribed) in enumerate(
            product(spans, (0, 2), (None, timedelta(seconds=30)), (True, True, False))
        ):
            person = follower(
                openid=f"o{number:027d}",
                subscribed=subscribed,
                message_until=moment + span if span else None,
                message_left=left,
                tap_until=moment + tap if tap else None,
                tap_left=dice.choice((0, 1)),
            )
            self.followers.append(person)
            self.got[person.openid] = dice.choice((0, 3, 4, 5))
            if dice.random() < 0.4:
                self.agreed.add(person.openid)

    def store(self, services: Services, broadcast_id: int) -> None:
        month = clock.at(clock.today().replace(day=1), 0)
        with transaction(services.engine) as db:
            db.add_all(self.followers)
            for number, (openid, count) in enumerate(self.got.items()):
                sent = {"recipient": openid, "channel": C.MASS, "key": ""}
                for one in range(count):
                    key = f"m{number}:{one}"
                    db.add(delivery(broadcast_id, DeliveryState.SENT, **{**sent, "key": key}))
                old = {"created_at": month - timedelta(days=1), "key": f"old{number}"}
                db.add(delivery(broadcast_id, DeliveryState.SENT, **{**sent, **old}))
            for openid in self.agreed:
                consent = NoticeConsent(openid=openid, template_id="T1", left=1, updated_at=clock.now())
                db.add(consent)

    def counted(self, way_of: Callable[[Follower], Channel]) -> dict[Channel, int]:
        found = dict.fromkeys(Channel, 0)
        for person in self.followers:
            if person.subscribed:
                found[way_of(person)] += 1
        return found

    def window(self, person: Follower, moment: datetime) -> bool:
        long = person.message_until is not None and person.message_until > moment and person.message_left > 0
        short = person.tap_until is not None and person.tap_until > moment and person.tap_left > 0
        return long or short


@pytest.fixture(scope="module")
def moment() -> Iterator[datetime]:
    with clock.frozen(NOON):
        yield NOON


@pytest.fixture(scope="module")
def people(moment: datetime) -> People:
    return People(moment)


@pytest.fixture(scope="module")
def kinds(
    new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory, people: People
) -> Iterator[Callable[..., Services]]:
    """The same people as followers of any kind of account."""
    engine = connect(new_database())
    folders = tmp_path_factory.mktemp("kinds")

    def make(kind: str = "service", verified: str = "true") -> Services:
        folder = folders / f"{kind}-{verified}"
        folder.mkdir(exist_ok=True)
        return services_for(engine, folder, kind=kind, verified=verified)

    first = make()
    office = Office(first)
    with office.at_work() as db:
        colleagues.add(Actor(db, None), "author", Role.CLERK)
    # Copied, because the objects belong to one database and are made anew for the other.
    fresh = People(NOON)
    fresh.store(first, office.in_state(BroadcastState.DONE))
    yield make
    engine.dispose()


def planned(services: Services, form: str = "text", ways: tuple[str, ...] | None = None, **more: Any) -> Plan:
    with reading(services.engine) as db:
        return plan(services, db, proposal(form, EVERYBODY, payload=PAYLOADS[form], chosen=ways, **more))


@pytest.mark.parametrize("ways", [("custom", "mass"), ("mass", "custom"), ("custom",), ("mass",)])
def test_a_service_account_reaches_by_window_and_by_month(
    kinds: Callable[..., Services], people: People, moment: datetime, ways: tuple[str, ...]
) -> None:
    def way_of(person: Follower) -> Channel:
        may = {"custom": people.window(person, moment), "mass": people.got[person.openid] < 4}
        return C(next((way for way in ways if may[way]), "passive"))

    found = planned(kinds(), ways=ways)
    assert found.by_channel == people.counted(way_of)
    assert found.total == sum(person.subscribed for person in people.followers)
    assert {one.people for one in found.waiting} <= {found.by_channel[C.PASSIVE]}


def test_windows_are_looked_at_for_the_hour_of_sending(
    kinds: Callable[..., Services], people: People, moment: datetime
) -> None:
    later = moment + timedelta(hours=10)
    services = kinds()
    found = planned(services, ways=("custom",), send_at=later)
    assert found.leaves_at == later
    assert (
        found.by_channel[C.CUSTOM]
        == people.counted(lambda person: C.CUSTOM if people.window(person, later) else C.PASSIVE)[C.CUSTOM]
    )
    assert 0 < found.by_channel[C.CUSTOM] < planned(services, ways=("custom",)).by_channel[C.CUSTOM]


def test_notices_reach_who_has_agreed(kinds: Callable[..., Services], people: People) -> None:
    found = planned(kinds(), "notice")
    assert found.by_channel == people.counted(
        lambda person: C.NOTICE if person.openid in people.agreed else C.PASSIVE
    )
    assert any("没有同意接收" in str(one.why) for one in found.waiting)


def test_template_messages_reach_every_follower_of_a_service_account(
    kinds: Callable[..., Services], people: People
) -> None:
    found = planned(kinds(), "template")
    assert found.by_channel == people.counted(lambda person: C.TEMPLATE)
    assert found.waiting == []


@pytest.mark.parametrize("published", [True, False])
def test_an_article_goes_to_open_windows_only_where_it_can_be_published(
    kinds: Callable[..., Services], people: People, moment: datetime, published: bool
) -> None:
    services = kinds()
    if not published:
        services = replace(services, capabilities=services.capabilities - {Capability.PUBLISH})
    found = planned(services, "article", ways=("custom",))
    inside = people.counted(lambda one: C.CUSTOM if people.window(one, moment) else C.PASSIVE)[C.CUSTOM]
    assert found.by_channel[C.CUSTOM] == (inside if published else 0)
    assert any("「发布图文」权限" in str(one.why) for one in found.waiting) is not published


def test_a_subscription_account_sends_one_job_to_all(kinds: Callable[..., Services], people: People) -> None:
    found = planned(kinds("subscription"))
    assert found.by_channel == people.counted(lambda person: C.MASS)
    assert any("唯一的一次群发" in str(warning) for warning in found.warnings)
    assert [one.name for one in found.left if one.name == "mass_day"] == ["mass_day"]


def test_an_account_without_rights_is_told_which_and_what_to_do(
    kinds: Callable[..., Services], people: People
) -> None:
    found = planned(kinds("subscription", "false"))
    assert found.by_channel == people.counted(lambda person: C.PASSIVE)
    reasons = "\n".join(str(one.why) for one in found.waiting)
    for words in ("「客服消息」权限", "「按标签或全员群发」权限", "认证"):
        assert words in reasons


def test_an_allowance_that_is_used_up_is_a_warning(kinds: Callable[..., Services]) -> None:
    services = kinds("subscription")
    allowance = quotas.allowances(services.config)["mass_day"]
    with transaction(services.engine) as db:
        assert quotas.take(db, allowance, 1, clock.now()) == 1
    found = planned(services)
    assert {one.name: one.count for one in found.left}["mass_day"] == 0
    assert any("今日群发还剩 0" in str(warning) for warning in found.warnings)


def test_nobody_is_a_warning_and_an_unknown_name_is_another(kinds: Callable[..., Services]) -> None:
    services = kinds()
    with reading(services.engine) as db:
        found = plan(services, db, proposal("text", {"tags": ["没有的标签"]}, payload=PAYLOADS["text"]))
    assert found.total == 0
    assert any("没有一个关注者" in str(warning) for warning in found.warnings)
    assert any("没有的标签" in str(warning) for warning in found.warnings)


def test_a_weekly_push_on_the_same_day_is_named(kinds: Callable[..., Services]) -> None:
    services = kinds()
    with reading(services.engine) as db:
        series = enabled_series(db)
    due = min(study.next_occurrence(one, clock.now()) for one in series)
    names = [one.title for one in series if study.next_occurrence(one, clock.now()) == due]
    found = planned(services, ways=("mass",), send_at=due - timedelta(minutes=30))
    assert any(f"《{names[0]}》" in str(warning) for warning in found.warnings)


@pytest.mark.parametrize(
    ("hour", "urgent", "leaves"),
    [(12, False, (0, 12)), (22, False, (1, 8)), (22, True, (0, 22)), (3, False, (0, 8)), (21, False, (1, 8))],
)
def test_it_leaves_after_the_quiet_hours(
    tmp_path: Path, hour: int, urgent: bool, leaves: tuple[int, int]
) -> None:
    engine = connect(f"sqlite:///{tmp_path}/empty.db")
    services = services_for(engine, tmp_path)
    settings = replace(services.config.delivery, quiet_from=time(21), quiet_to=time(8))
    services = replace(services, config=replace(services.config, delivery=settings))
    day = clock.today() + timedelta(days=3)
    asked = proposal("text", EVERYBODY, send_at=clock.at(day, hour), urgent=urgent)
    assert leaving(services, asked) == clock.at(day + timedelta(days=leaves[0]), leaves[1])
    engine.dispose()
