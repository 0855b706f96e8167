"""Our tags and WeChat's are the same in the end, within WeChat's limits and after any interruption."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.actor import Actor
from bot.core.db import reading, transaction
from bot.followers import segments, tag_members, tags
from bot.followers.segments import parse
from bot.followers.sync_pages import remember
from bot.staff.rights import Denied
from bot.wechat.transport import Safety
from models.staff import Role
from tests.followers.office import Office, staff
from tests.followers.tagging import again, at_wechat, define, live_in, members, settle, tag, wechat_id


def test_a_tag_is_made_and_follows_its_segment(office: Office) -> None:
    people = office.followers(130)
    live_in(office, people[:120], "八角")
    define(office, "八角企业", {"street": ["八角"]})
    settle(office)
    assert at_wechat(office, "八角企业") == set(people[:120])
    assert office.calls("tags/members/batchtagging") == 3, "fifty people a call"
    live_in(office, people[:60], "古城")
    live_in(office, people[120:], "八角")
    again(office)
    assert at_wechat(office, "八角企业") == set(people[60:])
    assert members(office, "八角企业") == (70, 70)
    before = office.calls("tags/members/batchtagging")
    again(office)
    assert office.calls("tags/members/batchtagging") == before, "what is in step costs no call"


def test_nothing_to_do_asks_wechat_nothing(office: Office) -> None:
    live_in(office, office.followers(3), "八角")
    define(office, "八角企业", {"street": ["八角"]})
    settle(office)
    before = office.calls("tags/get")
    for _ in range(5):
        assert tags.work(office.services) == 0
    assert office.calls("tags/get") == before


def test_a_killed_round_is_repeated_without_loss(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    people = office.followers(120)
    live_in(office, people, "八角")
    define(office, "八角企业", {"street": ["八角"]})
    assert tags.work(office.services)

    class Died(Exception):
        pass

    def die(*_: object) -> None:
        raise Died

    for step in ("done", "follow_segment"):
        with monkeypatch.context() as dying:
            dying.setattr(tag_members, step, die)
            if step == "follow_segment":
                with transaction(office.engine) as db:
                    tags.ask(db)
            with pytest.raises(Died):
                tags.work(office.services)
    settle(office)
    assert at_wechat(office, "八角企业") == set(people)
    assert members(office, "八角企业") == (120, 120)


def test_tags_made_on_the_console_become_ours_with_their_people(office: Office) -> None:
    gateway, people = office.services.gateway, office.followers(60)
    with transaction(office.engine) as db:
        remember(db, 0, people)
    for name in ("老会员", "推送12"):
        number = gateway.tags_create(name).data["tag"]["id"]
        gateway.batchtagging(number, people[:50])
    gateway.batchtagging(wechat_id(office, "老会员"), people[50:55])
    assert tags.pull(office.services) == 2
    settle(office)
    with reading(office.engine) as db:
        assert [one.name for one in tags.all_tags(db)] == ["老会员"], "the tag of a mass job is not ours"
        assert segments.count(db, parse({"tags": ["老会员"]})) == 55
    gateway.batchuntagging(wechat_id(office, "老会员"), people[:10])
    gateway.batchtagging(wechat_id(office, "老会员"), people[55:])
    again(office)
    assert members(office, "老会员") == (50, 50)
    assert at_wechat(office, "老会员") == set(people[10:]), "we change nothing about a hand-made tag"


def test_a_tag_that_wechat_has_already_is_taken_over_by_its_name(office: Office) -> None:
    gateway, people = office.services.gateway, office.followers(4)
    number = gateway.tags_create("八角企业").data["tag"]["id"]
    gateway.batchtagging(number, [people[3]])
    live_in(office, people[:2], "八角")
    define(office, "八角企业", {"street": ["八角"]})
    settle(office)
    assert tag(office, "八角企业").wechat_id == number
    assert at_wechat(office, "八角企业") >= set(people[:2])


def test_a_renamed_tag_keeps_its_people(office: Office) -> None:
    number = office.services.gateway.tags_create("旧名").data["tag"]["id"]
    tags.pull(office.services)
    office.services.gateway._post("tags/update", {"tag": {"id": number, "name": "新名"}}, Safety.READ)
    again(office)
    assert tag(office, "新名").wechat_id == number


def test_a_tag_deleted_at_wechat_is_made_again_or_left_to_staff(office: Office) -> None:
    gateway, people = office.services.gateway, office.followers(5)
    live_in(office, people, "八角")
    define(office, "八角企业", {"street": ["八角"]})
    hand_made = gateway.tags_create("手工").data["tag"]["id"]
    gateway.batchtagging(hand_made, people[:2])
    tags.pull(office.services)
    settle(office)
    for name in ("八角企业", "手工"):
        gateway.tags_delete(wechat_id(office, name))
    again(office)
    assert at_wechat(office, "八角企业") == set(people)
    assert "已删除" in str(tag(office, "手工").reason)
    with reading(office.engine) as db:
        left = segments.count(db, parse({"exclude": {"tags": ["手工"]}}))
    assert left == 3, "who was left out by it is still left out"
    again(office)
    assert "手工" not in [one["name"] for one in gateway.tags_get().data["tags"]]


def test_a_tag_that_vanishes_between_two_calls_is_made_again(office: Office) -> None:
    people = office.followers(60)
    live_in(office, people, "八角")
    define(office, "八角企业", {"street": ["八角"]})
    tags.work(office.services)
    tags.work(office.services)
    office.services.gateway.tags_delete(wechat_id(office, "八角企业"))
    settle(office)
    assert at_wechat(office, "八角企业") == set(people)


@pytest.mark.parametrize(
    ("name", "segment", "says"),
    [
        ("", "all", "1 到 30"),
        ("甲" * 31, "all", "1 到 30"),
        ("推送7", "all", "临时标签"),
        ("甲", {"tags": ["甲"]}, "它自己"),
        ("甲", {"exclude": {"tags": ["没有的"]}}, "没有的"),
        ("手工", "all", "换一个标签名"),
    ],
)
def test_a_tag_that_cannot_be_is_refused(office: Office, name: str, segment: Any, says: str) -> None:
    with transaction(office.engine) as db:
        tags.define(Actor(db, None), "手工", None)
    with pytest.raises(tags.TagError, match=says):
        define(office, name, segment)


def test_defining_needs_the_right(office: Office) -> None:
    with transaction(office.engine) as db:
        auditor = staff(db, "老李", Role.AUDITOR)
        with pytest.raises(Denied):
            tags.define(Actor(db, auditor), "甲", parse("all"))


def test_a_segment_by_another_tag_follows_it(office: Office) -> None:
    people = office.followers(6)
    live_in(office, people[:4], "八角")
    define(office, "八角企业", {"street": ["八角"]})
    define(office, "别处", {"exclude": {"tags": ["八角企业"]}})
    settle(office)
    with transaction(office.engine) as db:
        remember(db, 0, people)
    again(office)
    assert at_wechat(office, "别处") == set(people[4:])
