"""The other side of an appellant's talk: colleagues whose verbs a test calls, and cases led to a state by them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from bot.appeals.actor import find
from bot.appeals.acts import acceptance, dispatching, handling, reviewing
from bot.core import clock
from bot.core.actor import Actor
from bot.core.db import transaction
from bot.runtime.services import ServiceActor
from bot.staff import colleagues
from models.appeals import Appeal, AppealEvent, timeline
from models.staff import Role, Staff, StaffNotice
from models.units import Unit
from tests.support.place import Citizen, Place, eventually


@dataclass
class Colleagues:
    """Two people of the office and one of a unit, beside a running service."""

    place: Place
    office: int
    handler: int
    unit: int

    @classmethod
    def hire(cls, place: Place) -> Colleagues:
        """New ones, under names that nobody has."""
        tag = secrets.token_hex(3)
        with transaction(place.engine) as db:
            unit = Unit(name=f"区经信局{tag}", kind="区级部门", created_at=clock.now())
            db.add(unit)
            db.flush()
            leader = colleagues.add(Actor(db, None), f"领导{tag}", Role.LEADER)
            handler = colleagues.add(Actor(db, None), f"经办{tag}", Role.UNIT)
            assert leader is not None
            assert handler is not None
            handler.unit_id = unit.id
            return cls(place, leader.id, handler.id, unit.id)

    def do(self, verb: Any, number: str, *args: Any, by: int | None = None, **more: Any) -> None:
        """One verb on one case in a transaction; by the system when nobody is named."""
        with transaction(self.place.engine) as db:
            actor = ServiceActor(db, db.get_one(Staff, by) if by else None, self.place.services)
            verb(actor, find(ServiceActor(db, None, self.place.services), number), *args, **more)
            self.place.services.rows_made(db)

    def ask(self, number: str, question: str) -> None:
        """The office asks the appellant for more."""
        self.do(acceptance.ask, number, question)

    def resolve(self, number: str, answer: str = "供电已经恢复，责任单位已整改。") -> None:
        """From filing to 办结 by every step in between."""
        grades: dict[str, Any] = {"type": "求助", "category": "其他", "urgency": "一般", "difficulty": "一般"}
        self.do(acceptance.accept, number, **grades)
        with transaction(self.place.engine) as db:
            unit = db.get_one(Unit, self.unit)
        self.do(dispatching.dispatch, number, unit)
        self.handle(number, answer, sign=True)

    def handle(self, number: str, answer: str, *, sign: bool = False) -> None:
        """The unit handles the case and the office approves."""
        if sign:
            self.do(handling.sign, number, by=self.handler)
        self.do(handling.log_contact, number, "电话", "已联系", by=self.handler)
        self.do(handling.hand_in, number, "核实后处理完毕", "已解决", by=self.handler)
        self.do(reviewing.approve, number, answer)

    def case(self, number: str) -> Appeal:
        """The case as it stands."""
        found: Appeal = self.place.query(
            lambda db: db.scalars(select(Appeal).where(Appeal.number == number)).one()
        )
        return found

    def events(self, number: str) -> list[AppealEvent]:
        """Its life so far."""
        case = self.case(number)
        found: list[AppealEvent] = self.place.query(lambda db: timeline(db, case.id))
        return found

    def told_unit(self, number: str) -> list[str]:
        """What the unit reads of a case in its inbox."""
        where = (StaffNotice.unit_id == self.unit, StaffNotice.text.contains(number))
        found: list[str] = self.place.query(
            lambda db: list(db.scalars(select(StaffNotice.text).where(*where)))
        )
        return found


def file_one(person: Citizen, story: str = "物业无故断电，影响生产", type_digit: str = "2") -> str:
    """File an appeal by chat; its number."""
    for said in ("6", type_digit, "12", story, "完成", "星光科技有限公司", "王明 13800138000", "1"):
        person.says(said)
    receipt = person.says("1")
    return next(line.removeprefix("编号：") for line in receipt.splitlines() if line.startswith("编号："))


def resolved(actor: Colleagues, person: Citizen) -> str:
    """File an appeal by chat and have it answered; its number."""
    number = file_one(person)
    person.says("谢谢")  # a second 1 right after the receipt would only show it again
    actor.resolve(number)
    return number


def message_with(person: Citizen, words: str) -> dict[str, Any]:
    """The newest message of the account with these words, once it is on the screen."""

    def found() -> dict[str, Any] | None:
        shown = [m for m in person.received("custom") if words in m.get("text", "")]
        return shown[-1] if shown else None

    message: dict[str, Any] = eventually(found)
    return message


def taps(person: Citizen, message: dict[str, Any], words: str) -> str:
    """What the person reads after tapping an item of a message."""
    item = next(one for one in message["list"] if one["content"] == words)
    return person.says(words, bizmsgmenuid=item["id"])
