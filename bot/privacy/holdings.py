"""What we have stored about a person: a copy for them, and its erasure (PIPL Art. 44–47).

Every table with an openid, an appellant or a recipient stands in `HOLDINGS`; a test finds the one that is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from bot.appeals import by_appellant, retention, states
from bot.core import clock
from bot.followers import erasures, people
from bot.runtime.services import Services
from models.appeal_work import AppealMessage, SurveyAnswer
from models.appeals import Appeal, AppealEvent, Attachment, of_appellant
from models.base import Base
from models.consents import NoticeConsent
from models.conversations import Conversation
from models.followers import Follower, find_follower, lock_follower
from models.inbound import Inbound
from models.messages import MessageAnswer, StaffMessage
from models.outgoing import Delivery
from models.policies import Favourite, ReminderRefusal
from models.profiles import Profile
from models.study import Subscription
from models.tags import Tagging


@dataclass(frozen=True)
class Person:
    """Whose data are meant: the openid, the digest that their cases carry, and those cases."""

    openid: str
    appellant: str
    cases: tuple[int, ...]


@dataclass(frozen=True)
class Holding:
    """One table with rows about people: which are a person's, and the columns that are the office's own."""

    model: type[Base]
    mine: Callable[[Person], ColumnElement[bool]]
    office: frozenset[str] = frozenset()


def _by_openid(model: Any, *office: str) -> Holding:
    return Holding(model, lambda person: model.openid == person.openid, frozenset(office))


def _by_case(model: Any, *office: str) -> Holding:
    return Holding(model, lambda person: model.appeal_id.in_(person.cases), frozenset(office))


HOLDINGS: tuple[Holding, ...] = (
    *map(_by_openid, (Follower, Conversation, Profile, Subscription, Favourite, ReminderRefusal, Tagging)),
    *map(_by_openid, (NoticeConsent, Inbound)),
    _by_openid(StaffMessage, "taken_by_id", "handled_by_id", "outcome"),
    _by_openid(MessageAnswer, "by_id", "told_by_id", "told_remark"),
    Holding(Delivery, lambda person: Delivery.recipient == person.openid),
    Holding(
        Appeal,
        lambda person: Appeal.id.in_(person.cases),
        frozenset(
            {"appellant", "result", "drafted_reply", "handler", "filed_by_id", "version", "supervision_level"}
        ),
    ),
    Holding(
        AppealEvent,
        lambda person: AppealEvent.appeal_id.in_(person.cases) & AppealEvent.public_text.is_not(None),
        frozenset({"detail", "actor"}),
    ),
    _by_case(AppealMessage, "told_by_id", "told_remark"),
    _by_case(SurveyAnswer, "by_id", "confirmed_by_id", "correction"),
    Holding(
        Attachment,
        lambda person: or_(Attachment.openid == person.openid, Attachment.appeal_id.in_(person.cases)),
        frozenset({"path"}),
    ),
)
# Columns that look like a person's and are not a follower's.
NOT_A_PERSONS = {
    "staff.openid": "a colleague's own account, for previews and alerts; kept with their employment",
    "sync_runs.next_openid": "WeChat's place in its list, gone with the next page",
}


def person_of(db: Session, services: Services, openid: str) -> Person:
    """The person behind an openid, with all their cases."""
    digest = services.appellant(openid)
    mine = select(Appeal.id).where(or_(Appeal.appellant == digest, Appeal.openid == openid))
    return Person(openid, digest, tuple(db.scalars(mine.order_by(Appeal.id))))


def copy_of(db: Session, services: Services, openid: str) -> dict[str, list[dict[str, Any]]]:
    """Every row that we have of a person, by table; tables without one are left out."""
    person, found = person_of(db, services, openid), {}
    for holding in HOLDINGS:
        rows = db.scalars(select(holding.model).where(holding.mine(person)))
        if copies := [_row_as_dict(row, holding.office) for row in rows]:
            found[holding.model.__tablename__] = copies
    return found


def _row_as_dict(row: Base, office: frozenset[str]) -> dict[str, Any]:
    columns = (column.key for column in row.__mapper__.column_attrs)
    return {name: _json_value(getattr(row, name)) for name in columns if name not in office}


def _json_value(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


def let_go_of_cases(db: Session, services: Services, openid: str) -> None:
    """Cut a person's cases off from them for good: what can be withdrawn is, finished ones forget them at once, the
    others once they end (`bot/privacy/jobs.py`)."""
    erasures.note(services, erasures.Erased.CASES, openid, clock.now())
    people.wipe_messages(db, openid)
    let_go_of_cases_of(db, services, services.appellant(openid))


def let_go_of_cases_of(db: Session, services: Services, appellant: str) -> None:
    """The same for the person whose cases carry this digest."""
    for case in of_appellant(db, appellant, 1000):
        if by_appellant.may_withdraw(case):
            by_appellant.withdraw(db, case)
        by_appellant.disown(db, case)
        if case.state not in states.OPEN:
            retention.anonymise(db, services, case)
    db.flush()


def erase(db: Session, services: Services, openid: str, moment: datetime) -> bool:
    """Delete what we have of a person; False when there was nothing. After it, a message makes them a new person."""
    talk = select(Conversation).where(Conversation.openid == openid).with_for_update()
    db.scalar(talk)
    lock_follower(db, openid)  # locked in the order of a turn: no deadlock
    if not copy_of(db, services, openid):
        return False
    let_go_of_cases(db, services, openid)
    let_go_of_person(db, services, openid, moment)
    return True


def let_go_of_person(db: Session, services: Services, openid: str, moment: datetime) -> None:
    """Erase a person and the rows by which we know them; their cases stay as they are."""
    follower = find_follower(db, openid)
    people.erase(db, services, follower or Follower(openid=openid), moment)
    db.execute(delete(Conversation).where(Conversation.openid == openid))
    if follower is not None:
        db.delete(follower)
    db.flush()
