"""WeChat's limits on tags, and what becomes of those who are over them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.core.db import insert_once, reading, transaction
from bot.followers import tags
from bot.wechat.errors import ApiError
from models.tags import Tag, Tagging
from tests.followers.office import Office
from tests.followers.tagging import again, at_wechat, define, live_in, members, settle, tag, wechat_id


def test_who_has_twenty_tags_does_not_keep_the_others_from_theirs(office: Office) -> None:
    gateway, people = office.services.gateway, office.followers(50)
    for n in range(20):
        gateway.batchtagging(gateway.tags_create(f"标签{n}").data["tag"]["id"], people[7:9])
    live_in(office, people, "八角")
    define(office, "八角企业", {"street": ["八角"]})
    settle(office)
    assert at_wechat(office, "八角企业") == set(people) - set(people[7:9])
    assert "20 个" in str(tag(office, "八角企业").reason)
    for n in range(20):
        gateway.batchuntagging(wechat_id(office, f"标签{n}"), people[7:9])
    again(office)
    assert at_wechat(office, "八角企业") == set(people)
    assert tag(office, "八角企业").reason is None


def test_partial_failures_are_repeated_for_those_who_failed(office: Office) -> None:
    people = office.followers(40)
    live_in(office, people, "八角")
    define(office, "八角企业", {"street": ["八角"]})
    fault = {"kind": "errcode", "errcode": 45171, "path": "/cgi-bin/tags/members/batchtagging", "times": 1}
    office.sim("faults", fault)
    settle(office)
    assert at_wechat(office, "八角企业") == set(people)
    assert tag(office, "八角企业").reason is None


def test_a_hundred_tags_are_the_most(office: Office) -> None:
    for n in range(100):
        assert office.services.gateway.tags_create(f"标签{n}").ok
    define(office, "八角企业", {"street": ["八角"]})
    settle(office)
    made = tag(office, "八角企业")
    assert made.wechat_id is None
    assert "100 个" in str(made.reason)
    assert office.calls("tags/create") == 100


@pytest.mark.parametrize(("errcode", "words"), [(45009, "00:01"), (45011, "每分钟")])
def test_a_used_up_allowance_stops_everybody_until_it_opens(office: Office, errcode: int, words: str) -> None:
    people = office.followers(60)
    live_in(office, people, "八角")
    define(office, "八角企业", {"street": ["八角"]})
    tags.work(office.services)
    fault = {"kind": "errcode", "errcode": errcode, "path": "/cgi-bin/tags/members/", "times": 1}
    office.sim("faults", fault)
    assert tags.work(office.services) == 0
    with reading(office.engine) as db:
        assert words in str(tags.waiting(db))
    before = office.calls("tags/members/batchtagging")
    assert tags.work(office.services) == 0
    assert office.calls("tags/members/batchtagging") == before
    office.later(26 * 3600 if errcode == 45009 else 61)
    settle(office)
    assert at_wechat(office, "八角企业") == set(people)


def test_a_right_that_is_gone_is_written_on_the_tag_and_asked_for_once(office: Office) -> None:
    live_in(office, office.followers(2), "八角")
    define(office, "八角企业", {"street": ["八角"]})
    office.sim("account", {"verified": False})
    settle(office)
    assert "接口权限" in str(tag(office, "八角企业").reason)
    with pytest.raises(ApiError):
        tags.pull(office.services)
    office.sim("account", {"verified": True})
    again(office)
    assert tag(office, "八角企业").reason is None
    assert members(office, "八角企业") == (2, 2)


def test_people_who_left_are_taken_off_without_a_complaint(office: Office) -> None:
    people = office.followers(3)
    live_in(office, people, "八角")
    define(office, "八角企业", {"street": ["八角"]})
    settle(office)
    with transaction(office.engine) as db:
        tag_id = db.scalars(select(Tag.id)).one()
        insert_once(db, Tagging, openid="oGone", tag_id=tag_id, wanted=False, there=True)
    settle(office)
    assert members(office, "八角企业") == (3, 3)
    assert tag(office, "八角企业").reason is None
