"""What WeChat says about followers, in all its shapes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.core import clock
from bot.core.db import insert_once, reading, transaction
from bot.followers.sync_pages import Listed, Person, described, shortfall
from models.followers import Follower
from models.tags import Tag, Tagging
from tests.followers.office import Office

OLD = timedelta(days=30)


@pytest.mark.parametrize(
    ("seen", "total", "believed"),
    [(100, 100, True), (99, 100, True), (98, 100, False), (101, 100, True), (1, 1, True), (5, 0, False)],
)
def test_a_list_is_believed_when_99_of_100_are_in_it(seen: int, total: int, believed: bool) -> None:
    assert (shortfall(seen, total) is None) is believed


def page(**data: Any) -> Listed:
    return Listed.of(data)


def test_both_shapes_of_the_last_page_are_read() -> None:
    assert page(total=2, count=2, data={"openid": ["a", "b"]}, next_openid="b") == Listed(["a", "b"], "b", 2)
    assert page(total=2, count=0, next_openid="") == Listed([], "", 2)
    assert page(total=2, count=0, data={}, next_openid=None) == Listed([], "", 2)
    assert page(count=1, data={"openid": ["a", "a"]}) == Listed(["a"], "", None)


def test_a_person_is_read_without_trusting_the_shape() -> None:
    assert Person.of({"openid": "a", "subscribe": 0, "tagid_list": []}).subscribed is False
    one = Person.of(
        {"openid": "a", "subscribe": 1, "subscribe_time": 1795400001, "qr_scene": 7, "tagid_list": [100]}
    )
    assert (one.scene, one.tags) == ("7", frozenset({100}))
    assert one.since is not None
    assert one.since.timestamp() == 1795400001


def test_details_bring_the_day_the_scene_and_the_tags(office: Office) -> None:
    first, second = office.followers(2)
    tag = office.services.gateway.tags_create("科技企业").data["tag"]["id"]
    office.services.gateway.batchtagging(tag, [first])
    with transaction(office.engine) as db:
        insert_once(db, Tag, name="科技企业", wechat_id=tag, segment={}, created_at=clock.now())
    office.quietly(second, "subscribe")
    run = office.synced()
    assert run.detailed == 2
    assert office.count(Follower.subscribed_at.is_not(None)) == 2
    with reading(office.engine) as db:
        assert [(one.openid, one.wanted, one.there) for one in db.scalars(select(Tagging))] == [
            (first, True, True)
        ]


def test_one_bad_openid_does_not_spoil_a_hundred(office: Office) -> None:
    openids = office.followers(5)
    found = described(office.services.gateway, [*openids[:3], "oBad", *openids[3:]])
    assert isinstance(found, list)
    assert [one.openid for one in found] == openids
    refused = described(office.services.gateway, ["o" + "x" * 27, "o" + "y" * 27])
    assert not isinstance(refused, list), "nobody is ours: the account is wrong, not the people"
