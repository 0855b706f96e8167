"""A study item out every week: by which way it goes for each kind of account, and that it goes once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path

from sqlalchemy import select

from bot.core import clock
from bot.outgoing.broadcasts import verbs
from bot.study import series as study
from models.outgoing import BatchState, Broadcast, BroadcastState, Delivery, DeliveryState, MassBatch
from models.study import Series, enabled_series
from tests.support.place import Citizen, Place, eventually
from tests.support.variants import IN_A_PLACE

pytestmark = IN_A_PLACE


def first_due(place: Place) -> tuple[Series, datetime]:
    """The series whose turn comes next, and when."""
    series = place.query(enabled_series)
    due = {one.id: study.next_occurrence(one, clock.now()) for one in series}
    chosen = min(series, key=lambda one: due[one.id])
    return chosen, due[chosen.id]


def subscribers(place: Place, count: int, series: Series) -> list[Citizen]:
    people = [place.citizen() for _ in range(count)]
    for person in people:
        assert "已订阅" in person.says(f"订阅 {series.title}")
    return people


def states(place: Place) -> list[DeliveryState]:
    return list(place.query(lambda db: db.scalars(select(Delivery.state)).all()))


def settled(place: Place, count: int, state: DeliveryState) -> None:
    eventually(lambda: states(place) == [state] * count)


def test_within_48_hours_the_item_comes_as_a_card(fresh_place: Place) -> None:
    series, due = first_due(fresh_place)
    fresh_place.travel_to(due - timedelta(hours=2))
    people = subscribers(fresh_place, 3, series)
    fresh_place.travel_to(due + timedelta(seconds=5))
    settled(fresh_place, 3, DeliveryState.SENT)
    for person in people:
        (card,) = person.received("custom")
        assert card["type"] == "news"
        assert "/s/" in card["articles"][0]["url"]


def test_after_48_hours_a_service_account_sends_one_mass_job(fresh_place: Place) -> None:
    series, _due = first_due(fresh_place)
    people = subscribers(fresh_place, 3, series)
    later = clock.now() + timedelta(days=3)
    due = study.next_occurrence(series, later)
    fresh_place.travel_to(due + timedelta(seconds=5))
    settled(fresh_place, 3, DeliveryState.SENT)
    eventually(lambda: all(len(person.received("mass")) == 1 for person in people))
    assert fresh_place.count(MassBatch, MassBatch.state == BatchState.DONE) == 1


def test_one_person_alone_is_reached_by_the_tag(fresh_place: Place) -> None:
    series, _due = first_due(fresh_place)
    (person,) = subscribers(fresh_place, 1, series)
    fresh_place.citizen()  # follows, but did not subscribe
    due = study.next_occurrence(series, clock.now() + timedelta(days=3))
    fresh_place.travel_to(due + timedelta(seconds=5))
    settled(fresh_place, 1, DeliveryState.SENT)
    eventually(lambda: len(person.received("mass")) == 1)
    assert fresh_place.stats()["most_messages_of_one_broadcast_to_one_person"] == 1


def test_a_subscription_account_sends_by_tag(new_database: Callable[[], str], tmp_path: Path) -> None:
    with Place.open(new_database(), tmp_path, kind="subscription") as place:
        series, _due = first_due(place)
        people, other = subscribers(place, 3, series), place.citizen()
        due = study.next_occurrence(series, clock.now() + timedelta(days=3))
        place.travel_to(due + timedelta(seconds=5))
        settled(place, 3, DeliveryState.SENT)
        eventually(lambda: all(len(person.received("mass")) == 1 for person in people))
        assert other.received("mass") == []


def test_an_unverified_account_shows_it_with_the_next_reply(
    new_database: Callable[[], str], tmp_path: Path
) -> None:
    with Place.open(new_database(), tmp_path, verified="false") as place:
        series, due = first_due(place)
        (person,) = subscribers(place, 1, series)
        place.travel_to(due + timedelta(seconds=5))
        settled(place, 1, DeliveryState.WAITING_CONTACT)
        heard = person.says("菜单")
        assert "6 提诉求" in heard
        assert series.title in heard
        assert states(place) == [DeliveryState.SENT]
        assert series.title not in person.says("菜单")


def test_who_unsubscribes_gets_nothing_more(fresh_place: Place) -> None:
    series, due = first_due(fresh_place)
    stays, leaves = subscribers(fresh_place, 2, series)
    fresh_place.travel_to(due - timedelta(hours=1))
    stays.says("菜单")
    assert "已退订" in leaves.says("Ｔ")
    fresh_place.travel_to(due + timedelta(seconds=5))
    settled(fresh_place, 1, DeliveryState.SENT)
    assert leaves.received("custom", "mass") == []


def test_a_busy_platform_gets_it_again_later(fresh_place: Place) -> None:
    series, due = first_due(fresh_place)
    fresh_place.travel_to(due - timedelta(hours=1))
    (person,) = subscribers(fresh_place, 1, series)
    fresh_place.sim(
        "faults", {"faults": [{"path": "/cgi-bin/message/custom/send", "errcode": -1, "times": 2}]}
    )
    fresh_place.travel_to(due + timedelta(seconds=5))
    hours = iter(range(1, 24))

    def sent_after_an_hour_more() -> bool:
        if states(fresh_place) == [DeliveryState.SENT]:
            return True
        if states(fresh_place) == [DeliveryState.QUEUED]:
            fresh_place.travel_to(due + timedelta(hours=next(hours)))
            time.sleep(0.5)
        return False

    eventually(sent_after_an_hour_more, 30)
    assert len(person.received("custom")) == 1


def test_no_answer_after_sending_is_never_sent_again(fresh_place: Place) -> None:
    series, due = first_due(fresh_place)
    fresh_place.travel_to(due - timedelta(hours=1))
    (person,) = subscribers(fresh_place, 1, series)
    fresh_place.sim(
        "faults", {"faults": [{"path": "/cgi-bin/message/custom/send", "hang_after": True, "times": 1}]}
    )
    fresh_place.travel_to(due + timedelta(seconds=5))
    settled(fresh_place, 1, DeliveryState.UNKNOWN)
    fresh_place.travel_to(due + timedelta(hours=2))
    assert len(person.received("custom")) == 1


def test_a_mass_send_without_an_answer_is_repeated_under_its_id_and_ends_as_one(fresh_place: Place) -> None:
    series, _due = first_due(fresh_place)
    people = subscribers(fresh_place, 2, series)
    due = study.next_occurrence(series, clock.now() + timedelta(days=3))
    fresh_place.sim(
        "faults", {"faults": [{"path": "/cgi-bin/message/mass/send", "hang_after": True, "times": 1}]}
    )
    fresh_place.travel_to(due + timedelta(seconds=5))
    eventually(lambda: fresh_place.count(MassBatch, MassBatch.attempts == 1), 30)
    fresh_place.travel_to(due + timedelta(minutes=5))
    settled(fresh_place, 2, DeliveryState.SENT)
    eventually(lambda: all(len(person.received("mass")) == 1 for person in people))


def test_a_refusal_after_a_doubt_is_unknown_and_not_sent_by_another_way(fresh_place: Place) -> None:
    series, _due = first_due(fresh_place)
    people = subscribers(fresh_place, 2, series)
    due = study.next_occurrence(series, clock.now() + timedelta(days=3))
    path = "/cgi-bin/message/mass/send"
    fresh_place.sim("faults", {"faults": [{"path": path, "hang_after": True, "times": 1}]})
    fresh_place.travel_to(due + timedelta(seconds=5))
    eventually(lambda: fresh_place.count(MassBatch, MassBatch.doubtful))
    fresh_place.sim("faults", {"faults": [{"path": path, "errcode": 48003}]})
    fresh_place.travel_to(due + timedelta(minutes=5))
    settled(fresh_place, 2, DeliveryState.UNKNOWN)
    # What WeChat accepted before it hung up arrives when its job is done, which may be after our rows are settled.
    eventually(lambda: all(len(person.received("mass")) == 1 for person in people))


def test_a_broadcast_that_was_refused_for_our_rights_goes_on_by_itself(fresh_place: Place) -> None:
    series, due = first_due(fresh_place)
    fresh_place.travel_to(due - timedelta(hours=1))
    (person,) = subscribers(fresh_place, 1, series)
    fresh_place.sim(
        "faults", {"faults": [{"path": "/cgi-bin/message/custom/send", "errcode": 48001, "times": 1}]}
    )
    fresh_place.travel_to(due + timedelta(seconds=5))
    eventually(lambda: fresh_place.count(Broadcast, Broadcast.state == BroadcastState.PAUSED), 20)
    assert person.received("custom") == []
    fresh_place.travel_to(due + timedelta(minutes=11))
    settled(fresh_place, 1, DeliveryState.SENT)
    assert len(person.received("custom")) == 1


def test_broadcasts_rest_in_the_quiet_hours_and_replies_do_not(fresh_place: Place) -> None:
    delivery = replace(fresh_place.config.delivery, quiet_from=time_of_day(21), quiet_to=time_of_day(8))
    services = replace(fresh_place.services, config=replace(fresh_place.config, delivery=delivery))
    day = clock.today()
    quiet = [verbs.is_quiet(services, clock.at(day, hour)) for hour in (20, 21, 23, 0, 7, 8, 12)]
    assert quiet == [False, True, True, True, True, False, False]
    assert not verbs.is_quiet(fresh_place.services, clock.at(day, 3)), "the same hours: never"


def test_a_fifth_mass_message_of_the_month_waits_for_the_persons_words(fresh_place: Place) -> None:
    person = fresh_place.citizen()
    person.says("订阅 全部")
    friday = clock.today() + timedelta(days=5)
    while friday.isoweekday() != 5 or (friday + timedelta(days=7)).month != friday.month:
        friday += timedelta(days=1)
    fresh_place.travel_to(clock.at(friday, 12))
    settled(fresh_place, 4, DeliveryState.SENT)
    assert len(person.received("mass")) == 4
    fresh_place.travel_to(clock.at(friday + timedelta(days=7), 12))
    waiting = Delivery.state == DeliveryState.WAITING_CONTACT
    eventually(lambda: fresh_place.count(Delivery, waiting) == 4, 30)
    assert len(person.received("mass")) == 4
    person.says("菜单")
    eventually(lambda: len(person.received("custom")) == 4, 30)
