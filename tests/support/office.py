"""A federation's office to test in: colleagues of every role, three units, and cases led to any state by the verbs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.appeals import by_appellant
from bot.appeals.actor import find
from bot.appeals.acts import (
    acceptance,
    declining,
    dispatching,
    filing,
    handling,
    holding,
    merging,
    reviewing,
    surveying,
)
from bot.appeals.acts.filing import Filed
from bot.core import clock
from bot.core.actor import Actor
from bot.core.db import reading, transaction
from bot.runtime.services import ServiceActor, Services
from bot.staff import colleagues
from models.appeal_work import AppealMessage
from models.appeals import Appeal, AppealEvent, AppealState, timeline
from models.audit import AuditEntry
from models.staff import Role, Staff, StaffNotice
from models.units import Unit

S = AppealState
MONDAY = datetime.fromisoformat("2026-11-23T10:00:00+08:00")
ROLES = {
    "clerk": Role.CLERK,
    "dispatcher": Role.DISPATCHER,
    "unit": Role.UNIT,
    "other": Role.UNIT,
    "helper": Role.UNIT,
    "leader": Role.LEADER,
    "auditor": Role.AUDITOR,
    "admin": Role.ADMIN,
}
UNITS = {"unit": "区经信局", "other": "区住建委", "helper": "区财政局"}


@dataclass
class Office:
    """Colleagues by a short name; every act is one transaction."""

    services: Services
    people: dict[str, Staff] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    persons: int = 0

    def open(self) -> None:
        """Hire everybody."""
        with transaction(self.services.engine) as db:
            for key, name in UNITS.items():
                row = Unit(name=name, kind="区级部门", created_at=clock.now())
                db.add(row)
                db.flush()
                self.units[key] = row.id
            for key, role in ROLES.items():
                made = colleagues.add(Actor(db, None), f"同事{key}", role)
                assert made is not None
                made.unit_id = self.units.get(key)
                self.people[key] = made

    @contextmanager
    def desk(self, who: str | None) -> Iterator[ServiceActor]:
        """A colleague's desk (None: the system) in a transaction."""
        with transaction(self.services.engine) as db:
            yield ServiceActor(db, db.get_one(Staff, self.people[who].id) if who else None, self.services)

    def do(self, who: str | None, verb: Callable[..., Any], number: str, *args: Any, **more: Any) -> Any:
        """One verb on one case, which is given to it without a question: refusals are the verb's own. Units are named by
        their key."""
        with self.desk(who) as actor:
            given = [self.unit(actor, arg) if arg in self.units else arg for arg in args]
            return verb(actor, find(ServiceActor(actor.db, None, self.services), number), *given, **more)

    def unit(self, actor: ServiceActor, key: Any) -> Unit:
        """One of the three units."""
        return actor.db.get_one(Unit, self.units[key])

    def file(self, **more: Any) -> str:
        """A new case from a follower; its number."""
        self.persons += 1
        openid = more.pop("openid", f"o{self.persons:027d}")
        given: dict[str, Any] = {
            "type": "求助",
            "category": "融资",
            "body": f"第{self.persons}件：银行不肯续贷，请帮忙协调。",
            "company": f"石景山第{self.persons}商贸有限公司",
            "contact": "王小明",
            "phone": "13812348000",
            "anonymous": False,
            "share_contact": True,
        } | more
        stamp: dict[str, Any] = {"consent_version": "1", "consent_at": clock.now()}
        with self.desk(None) as actor:
            mine = by_appellant.Filing(
                appellant=self.services.appellant(openid), openid=openid, **given, **stamp
            )
            return by_appellant.file(
                actor.db, mine, acceptance_days=1, close=actor.config.appeals.close, attachments=()
            ).number

    def file_by_phone(self, **more: Any) -> str:
        """A new case that a clerk writes down; its number."""
        given: dict[str, Any] = {
            "channel": "电话",
            "type": "求助",
            "category": "融资",
            "body": "银行抽贷。",
        } | more
        given = {"contact": "李四", "phone": "13900001234"} | given
        with self.desk("clerk") as actor:
            return filing.file_for(actor, Filed(**given)).number

    def case(self, number: str) -> Appeal:
        """The case as it stands."""
        with reading(self.services.engine) as db:
            return db.scalars(select(Appeal).where(Appeal.number == number)).one()

    def events(self, number: str) -> list[AppealEvent]:
        """Its life so far."""
        case = self.case(number)
        with reading(self.services.engine) as db:
            return timeline(db, case.id)

    def rows(self, query: Any) -> list[Any]:
        """What a query finds."""
        with reading(self.services.engine) as db:
            return list(db.scalars(query))

    def messages(self, number: str) -> list[AppealMessage]:
        """What its appellant was told."""
        wanted = select(AppealMessage).where(AppealMessage.appeal_id == self.case(number).id)
        return self.rows(wanted.order_by(AppealMessage.id))

    def notices(self, number: str) -> list[StaffNotice]:
        """What colleagues were told about it."""
        wanted = select(StaffNotice).where(StaffNotice.appeal_id == self.case(number).id)
        return self.rows(wanted.order_by(StaffNotice.id))

    def audited(self, number: str) -> list[AuditEntry]:
        """What the audit trail says about it."""
        wanted = select(AuditEntry).where(AuditEntry.subject_id == self.case(number).id)
        return self.rows(wanted.where(AuditEntry.subject == "appeal").order_by(AuditEntry.id))

    def led_to(self, state: AppealState, **filed: Any) -> str:
        """A case in this state, led there by the verbs alone; its number."""
        number = self.file(**filed)
        self.lead(number, state)
        return number

    def lead(self, number: str, state: AppealState) -> None:
        """Lead a new case to a state."""
        for verb in PATHS[state]:
            verb(self, number)


def accept(office: Office, number: str, **more: Any) -> None:
    """The clerk accepts it; a confidential one the leader."""
    case = office.case(number)
    given = {"type": case.type, "category": case.category} | more
    office.do("leader" if case.confidential else "clerk", acceptance.accept, number, **given)


def dispatch(office: Office, number: str, **more: Any) -> None:
    """The dispatcher sends it to the first unit."""
    office.do(_office(office, number), dispatching.dispatch, number, "unit", **more)


def sign(office: Office, number: str) -> None:
    """The unit signs."""
    office.do("unit", handling.sign, number, "赵科长")


def hand_in(office: Office, number: str) -> None:
    """The unit hands in its result."""
    office.do("unit", handling.hand_in, number, "已协调银行续贷三个月。", "已解决")


def approve(office: Office, number: str) -> None:
    """The office answers the appellant."""
    office.do(_office(office, number), reviewing.approve, number, "已协调银行续贷三个月，请与客户经理联系。")


def close(office: Office, number: str) -> None:
    """The appellant was asked by phone."""
    office.do(
        "leader" if office.case(number).confidential else "clerk",
        surveying.record_survey,
        number,
        "已解决",
        "满意",
    )


def _office(office: Office, number: str) -> str:
    return "leader" if office.case(number).confidential else "dispatcher"


def _ask(office: Office, number: str) -> None:
    office.do(_office(office, number), acceptance.ask, number, "请写明贷款银行。")


def _decline(office: Office, number: str) -> None:
    office.do(_office(office, number), declining.decline, number, "N8")


def hold(office: Office, number: str, days: int = 30) -> None:
    """The leader parks it."""
    until = clock.today() + timedelta(days=days)
    office.do("leader", holding.hold, number, "上级政策未出台", "市里的细则还没有出台。", until)


def _merge(office: Office, number: str) -> None:
    master = office.file(type=office.case(number).type)
    with office.desk(_office(office, number)) as actor:
        merging.merge(actor, find(actor, number), find(actor, master))


def _withdraw(office: Office, number: str) -> None:
    with office.desk(None) as actor:
        by_appellant.withdraw(actor.db, find(actor, number))


SIGNED = (accept, dispatch, sign)
PATHS: dict[AppealState, tuple[Callable[[Office, str], None], ...]] = {
    S.SUBMITTED: (),
    S.NEED_INFO: (_ask,),
    S.DECLINED: (_decline,),
    S.ACCEPTED: (accept,),
    S.DISPATCHED: (accept, dispatch),
    S.IN_PROGRESS: SIGNED,
    S.ON_HOLD: (*SIGNED, hold),
    S.PENDING_REVIEW: (*SIGNED, hand_in),
    S.RESOLVED: (*SIGNED, hand_in, approve),
    S.CLOSED: (*SIGNED, hand_in, approve, close),
    S.MERGED: (_merge,),
    S.WITHDRAWN: (_withdraw,),
}
