"""kill -9 of `tongxin run` at any moment: no appeal, subscription or message effect is lost or doubled."""

from __future__ import annotations

import random
import threading
import time

import pytest
import requests
from sqlalchemy import ColumnElement, Engine, func, select
from sqlalchemy.orm import Session

from bot.core.db import reading
from models.appeals import Appeal, AppealEvent
from models.inbound import Inbound
from models.study import Subscription
from tests.crash.caller import NUMBER, Caller
from tests.crash.service import Service
from tests.support.place import eventually

KILLS = {"sqlite": 12, "postgres": 8}  # twenty in all; the soak has twenty and a hundred more
pytestmark = pytest.mark.timeout(400)  # every start reads and indexes the content
FORM = "appeal"  # the intent of a message that the open form took
WAITED = "———"  # what stands below it waited for the person: a reply that was late for its own message


def test_kills_lose_and_double_nothing(
    dialect: str, simulator_and_service: tuple[str, Service, Engine]
) -> None:
    simulator, service, engine = simulator_and_service
    people = [f"o{n:027d}" for n in range(4)]
    callers, stop = [Caller(simulator) for _ in people], threading.Event()
    chance = random.Random(7)

    def talk(caller: Caller, openid: str) -> None:
        requests.post(
            f"{simulator}/sim/event",
            json={"openid": openid, "Event": "subscribe", "EventKey": ""},
            timeout=60,
        )
        caller.say(openid, "订阅 全部")
        while not stop.is_set():
            caller.file(openid, f"第{caller.filed}件事，请帮忙协调解决")

    threads = [threading.Thread(target=talk, args=pair) for pair in zip(callers, people, strict=True)]
    for thread in threads:
        thread.start()
    for _ in range(KILLS[dialect]):
        before = sum(caller.answered for caller in callers)
        eventually(lambda: sum(caller.answered for caller in callers) > before)  # noqa: B023 - asked at once
        time.sleep(chance.uniform(0, 0.4))  # at any moment of its work
        service.kill()
        service.start()
    stop.set()
    for thread in threads:
        thread.join(timeout=120)
        assert not thread.is_alive()
    with reading(engine) as db:
        numbers = list(db.scalars(select(Appeal.number)))
        told = [number for caller in callers for number in caller.told]
        assert set(told) <= set(numbers), "a receipt was given for a case that is not there"
        assert len(told) == len(set(told)), "two people were told the same number"
        filed, shown = _receipts(db, Inbound.intent == FORM), _receipts(db, Inbound.intent != FORM)
        assert sorted(filed) == sorted(numbers), "a case comes from exactly one message"
        assert set(shown) <= set(numbers)
        moves = db.scalar(select(func.count()).select_from(AppealEvent).where(AppealEvent.action == "filed"))
        assert moves == len(numbers)
        subscriptions = db.execute(
            select(Subscription.openid, func.count()).group_by(Subscription.openid)
        ).all()
        assert {count for _openid, count in subscriptions} == {4}
        assert len(subscriptions) == len(people)


def _receipts(db: Session, whose: ColumnElement[bool]) -> list[str]:
    """The numbers told in answer to these messages. One that the form did not take may tell an old one: 「1」 that
    comes again as a new message shows the receipt once more."""
    replies = db.scalars(select(Inbound.reply).where(whose))
    return [number for reply in replies for number in NUMBER.findall(reply.partition(WAITED)[0])]
