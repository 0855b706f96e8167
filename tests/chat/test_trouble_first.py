"""Who tells a trouble and asks gets the rule that helps, then the offer to take it up; nothing told is ever nowhere."""

from __future__ import annotations

from datetime import timedelta

from bot.core import clock
from tests.chat.test_dialogues import answer_form, case
from tests.support.place import Place
from tests.support.variants import ON_SQLITE

pytestmark = ON_SQLITE  # what a person reads; the statements: test_dialogues.py

TROUBLE = "央企欠我们装修款八个月，怎么办"


def test_the_rule_comes_first_then_the_matter_is_filed_with_the_words_in_it(place: Place) -> None:
    person = place.citizen()
    heard = person.says(TROUBLE)
    assert "第" in heard  # a clause
    assert "回复 6，把这件事交给我们办（您写的会带上）" in heard
    assert TROUBLE in person.says("6")
    person.says("2")
    person.says("2")
    person.says("完成")
    receipt = answer_form(person)
    number = next(line.removeprefix("编号：") for line in receipt.splitlines() if line.startswith("编号："))
    assert case(place, number).body == TROUBLE


def test_words_that_were_answered_are_offered_once_more_at_the_next_contact(fresh_place: Place) -> None:
    person = fresh_place.citizen()
    person.says(TROUBLE)
    assert "还没有交给我们办" not in person.says("谢谢")
    with_hours = clock.now() + timedelta(hours=3)
    fresh_place.travel_to(with_hours)
    assert "央企欠我们装修款八个月" in person.says("菜单")
    assert "还没有交给我们办" not in person.says("菜单")
    assert TROUBLE in person.says("6")


def test_after_a_day_they_are_forgotten(fresh_place: Place) -> None:
    person = fresh_place.citizen()
    person.says(TROUBLE)
    fresh_place.travel_to(clock.now() + timedelta(hours=25))
    assert "还没有交给我们办" not in person.says("菜单")


def test_a_wish_to_have_it_taken_up_opens_the_form_at_once(place: Place) -> None:
    for told in (
        "我要投诉央企欠我们装修款八个月",
        "请帮我们催一下，区里一个单位欠装修款半年了",
        "楼下施工把路挖断了，客人进不来，生意没法做，已经半个月了",
    ):
        assert "诉求类型" in place.citizen().says(told), told
