"""kill -9 of `tongxin run` at any moment: no appeal, subscription or message effect is lost or doubled."""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from sqlalchemy import ColumnElement, Engine, func, select
from sqlalchemy.orm import Session

from bot import clock, study
from bot.config import load
from bot.db import connect, reading
from models.appeal import Appeal, AppealEvent
from models.delivery import Broadcast, Delivery, DeliveryState
from models.inbound import Inbound
from models.schedule import Beat
from models.study import Subscription, enabled_series
from tests.crash.service import Service
from tests.place import eventually, free_port, start_simulator, write_config

KILLS = {"sqlite": 12, "postgres": 8}  # twenty in all; the soak has twenty and a hundred more
PATIENCE = 90.0  # seconds that a person goes on trying
pytestmark = pytest.mark.timeout(400)  # every start reads and indexes the content
NUMBER = re.compile(r"编号：(SQ\d+)")
FORM = "appeal"  # the intent of a message that the open form took
WAITED = "———"  # what stands below it waited for the person: a reply that was late for its own message


@dataclass
class Caller:
    """People who file appeals and subscribe while the service dies around them; notes what they were told."""

    simulator: str
    told: list[str] = field(default_factory=list)
    filed: int = 0

    def say(self, openid: str, text: str) -> str:
        """Say it again until there is an answer: WeChat gives up after three tries, people do not."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            answer = requests.post(
                f"{self.simulator}/sim/say", json={"openid": openid, "text": text}, timeout=60
            ).json()
            if not answer["failed"]:
                return str((answer["reply"] or {}).get("text", ""))
        raise AssertionError("no answer for a minute and a half")

    def file(self, openid: str, story: str) -> None:
        """Walk through the form by what it asks, wherever a crash left it."""
        answers = {
            "怎么办": "2",  # a case whose receipt was lost with the process looks like this one
            "诉求类型": "2", "哪一类": "1", "具体情况": story, "请继续发": "完成", "继续发，或": "完成",
            "全称": "星光科技", "怎么与您联系": "匿名", "请回复数字：\n1 同意": "1", "请核对": "1",
        }  # fmt: skip
        heard = self.say(openid, "提诉求")
        for _ in range(40):
            if number := next((found for found in NUMBER.findall(heard) if found not in self.told), None):
                self.told.append(number)
                self.filed += 1
                return
            if "没填完" in heard:
                heard = self.say(openid, "继续填写")
                continue
            known = next((reply for question, reply in answers.items() if question in heard), "6")
            heard = self.say(openid, known)
        raise AssertionError(f"the form did not end: {heard[:80]}")


@pytest.fixture
def simulator_and_service(
    new_database: Callable[[], str], tmp_path: Path
) -> Iterator[tuple[str, Service, Engine]]:
    port = free_port()
    path = write_config(tmp_path, new_database(), port)
    config, clock_file = load(path, environ={}), tmp_path / "clock.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(clock.CLOCK_FILE, str(clock_file))
        start_simulator(config, port, clock_file, retry_pause=1.0)
        service = Service(path, clock_file, config.server.public_url)
        service.start()
        engine = connect(config.database.url)
        eventually(
            lambda: _looked(engine)
        )  # the last week's occurrences are claimed before anybody subscribes
        yield f"http://127.0.0.1:{port}", service, engine
        service.stop()
        engine.dispose()


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
        time.sleep(chance.uniform(0.1, 1.2))
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


def test_a_push_that_is_killed_again_and_again_reaches_each_person_at_most_once(
    simulator_and_service: tuple[str, Service, Engine],
) -> None:
    simulator, service, engine = simulator_and_service
    caller, people = Caller(simulator), [f"o{n:027d}" for n in range(40)]
    for openid in people:
        caller.say(openid, "订阅 全部")
    requests.post(
        f"{simulator}/sim/faults",
        json={"faults": [{"path": "/cgi-bin/message", "latency": 0.05}]},
        timeout=30,
    )
    with reading(engine) as db:
        due = min(study.next_occurrence(series, clock.now()) for series in enabled_series(db))
    requests.post(
        f"{simulator}/sim/clock", json={"set": (due + timedelta(seconds=2)).isoformat()}, timeout=30
    )
    eventually(lambda: _broadcasts(engine), 30)
    for _ in range(5):
        time.sleep(0.4)
        service.kill()
        service.start()
    requests.post(f"{simulator}/sim/faults", json={"clear": True}, timeout=30)
    eventually(lambda: _unsettled(engine) == 0, 90)
    stats = requests.get(f"{simulator}/sim/stats", timeout=30).json()
    assert stats["most_messages_of_one_broadcast_to_one_person"] <= 1
    with reading(engine) as db:
        states = dict(db.execute(select(Delivery.state, func.count()).group_by(Delivery.state)).all())
        assert sum(states.values()) == len(people) * (
            db.scalar(select(func.count()).select_from(Broadcast)) or 0
        )
        assert states.get(DeliveryState.UNKNOWN, 0) <= 5


def _receipts(db: Session, whose: ColumnElement[bool]) -> list[str]:
    """The numbers told in answer to these messages. One that the form did not take may tell an old one: 「1」 that
    comes again as a new message shows the receipt once more."""
    replies = db.scalars(select(Inbound.reply).where(whose))
    return [number for reply in replies for number in NUMBER.findall(reply.partition(WAITED)[0])]


def _looked(engine: Engine) -> bool:
    with reading(engine) as db:
        return db.scalar(select(Beat.id).limit(1)) is not None


def _broadcasts(engine: Engine) -> int:
    with reading(engine) as db:
        return db.scalar(select(func.count()).select_from(Broadcast)) or 0


def _unsettled(engine: Engine) -> int:
    busy = (DeliveryState.QUEUED, DeliveryState.LEASED, DeliveryState.SENDING)
    with reading(engine) as db:
        return db.scalar(select(func.count()).select_from(Delivery).where(Delivery.state.in_(busy))) or 0
