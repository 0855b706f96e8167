"""One person's flood is written down and read with their next words: nothing of it is lost, and others go on as before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.chat.aside import INTENT
from bot.chat.pace import AT_ONCE, Pace
from models.appeals import Appeal
from models.conversations import Conversation
from models.inbound import Inbound
from tests.chat.test_dialogues import picture
from tests.support.place import Citizen, Place

MOST, MANY = 10, 40


def flood(person: Citizen, lines: list[str]) -> list[str]:
    """What the person reads after each line of a flood, in no order."""
    with ThreadPoolExecutor(6) as pool:
        return list(pool.map(person.says, lines))


def set_aside(place: Place, person: Citizen) -> int:
    return place.count(Inbound, Inbound.openid == person.openid, Inbound.intent == INTENT)


@pytest.fixture(autouse=True)
def ten_in_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow machine must not turn a flood into a stroll."""
    monkeypatch.setattr("bot.chat.pace.MOST", MOST)
    monkeypatch.setattr("bot.chat.pace.SECONDS", 3600.0)
    monkeypatch.setattr("bot.chat.pace.AT_ONCE", 0)  # nor a quick one wait for each answer


def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The seconds of the limit have passed for everybody."""
    monkeypatch.setattr("bot.chat.pace.SECONDS", 0.0)


def test_an_appeals_words_are_all_there(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    person = place.citizen()
    for said in ("6", "2", "12"):
        person.says(said)
    lines = [f"第{number:03}条：园区道路积水，货车进不来" for number in range(MANY)]
    heard = flood(person, lines)
    assert 1 <= sum("请停几秒" in said for said in heard) < 10  # the office speaks once, not sixty times
    assert set_aside(place, person) >= 25
    later(monkeypatch)
    assert "合在一起看了" in person.says("完成")
    for said in ("星光公司", "匿名", "1", "1"):
        person.says(said)
    body = place.query(lambda db: db.scalars(select(Appeal.body).order_by(Appeal.id.desc())).first())
    assert sorted(body.split("\n")) == lines


def test_words_outside_a_form_go_along_when_they_are_filed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = place.citizen()
    lines = [f"阿巴阿巴咕噜噜{number:03}" for number in range(MANY)]
    flood(person, lines)
    kept = place.query(
        lambda db: list(
            db.scalars(select(Inbound.text).where(Inbound.openid == person.openid, Inbound.intent == INTENT))
        )
    )
    later(monkeypatch)
    person.says("6")
    facts = place.query(lambda db: facts_of(db, person))
    assert [line for line in kept if line not in facts] == []


def facts_of(db: Session, person: Citizen) -> str:
    talk = db.scalars(select(Conversation).where(Conversation.openid == person.openid)).one()
    return str(talk.data.get("facts", ""))


def test_words_of_danger_and_pictures_never_wait(place: Place) -> None:
    in_danger, sender = place.citizen(), place.citizen()
    for person in (in_danger, sender):
        flood(person, [f"咕噜噜{number:03}" for number in range(MANY)])
    assert "听到您这么说" in in_danger.says("我不想活了")
    assert "图片收到了" in sender.sends_picture(picture())


def test_others_are_answered_as_ever(place: Place) -> None:
    person, other = place.citizen(), place.citizen()
    flood(person, [f"咕噜噜{number:03}" for number in range(MANY)])
    assert "民营经济促进法" in other.says("民营经济促进法")
    assert set_aside(place, other) == 0


def test_who_waits_for_each_answer_is_never_too_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.chat.pace.AT_ONCE", AT_ONCE)
    pace = Pace()
    for _ in range(3 * MOST):
        with pace.arrival("o") as hurried:
            assert not hurried
    with pace.arrival("o"), pace.arrival("o") as hurried, pace.arrival("another") as other:
        assert hurried
        assert not other


def test_a_hand_is_never_too_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.chat.pace.AT_ONCE", AT_ONCE)
    pace = Pace()
    with pace.arrival("o"):
        for _ in range(MOST - 1):
            with pace.arrival("o") as hurried:
                assert not hurried
