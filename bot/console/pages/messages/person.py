"""One person as the page of their 留言 shows them: the talk, the window, their company and cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.appeals.actor import visible_to
from bot.chat import answering, talk
from bot.chat.talk import Said
from bot.console.pages.messages.message_list import Waiting, _names
from bot.core import clock
from bot.core.masking import masked_name, masked_phone
from bot.followers import people
from bot.runtime.services import Services
from bot.wechat.capabilities import Capability
from bot.wechat.windows import remaining
from models.appeals import Appeal
from models.followers import Follower, find_follower
from models.messages import StaffMessage, waiting_with
from models.outgoing import Delivery, DeliveryState
from models.profiles import profile_of
from models.staff import Staff

CASES = 5
ARRIVED = {
    DeliveryState.SENT: "微信已送到",
    DeliveryState.QUEUED: "正在发送",
    DeliveryState.LEASED: "正在发送",
    DeliveryState.SENDING: "正在发送",
    DeliveryState.WAITING_CONTACT: "等对方下次来话时送到",
}


@dataclass(frozen=True)
class Window:
    """Until when and how often the account may write to them by itself."""

    until: datetime | None
    left: int


@dataclass(frozen=True)
class PersonPage:
    """Everything on the page."""

    message: StaffMessage
    waiting: Waiting | None
    said: list[Said]
    window: Window | None
    company: str
    contact: str
    cases: list[Appeal]

    @property
    def upto(self) -> int:
        """The newest message that is on the screen."""
        return self.waiting.newest.id if self.waiting else self.message.id


def person_page(services: Services, db: Session, by: Staff, message: StaffMessage) -> PersonPage:
    """The page of the person who left this message."""
    openid = message.openid
    open_ = waiting_with(db, message)
    taken = _names(db, {one.taken_by_id for one in open_})
    waiting = Waiting(tuple(open_), taken.get(open_[-1].taken_by_id)) if open_ else None
    said = talk.recent(db, openid) if openid else [Said("person", message.created_at, message.text)]
    cases = _cases(services, db, by, openid) if openid else []
    profile = profile_of(db, openid) if openid else None
    company = (profile.company if profile else None) or next(
        (one.company for one in cases if one.company), ""
    )
    window = _window(services, find_follower(db, openid)) if openid else None
    return PersonPage(message, waiting, said, window, company or "", _contact(cases), cases)


def arrival(db: Session, said: Said) -> str:
    """How a colleague's answer fared, in words."""
    if said.answer is None:
        return ""
    if said.answer.told_at is not None:
        return "已电话告知"
    return ARRIVED.get(_state(db, said), "微信没有送到，要打电话")


def needs_phone(db: Session, said: Said) -> bool:
    """Whether the answer has not come by WeChat and may be told by phone."""
    told = said.answer is None or said.answer.told_at is not None
    return not told and _state(db, said) in answering.UNREACHED


def _state(db: Session, said: Said) -> DeliveryState:
    delivery = db.get(Delivery, said.answer.delivery_id) if said.answer and said.answer.delivery_id else None
    return delivery.state if delivery else DeliveryState.REFUSED


def _cases(services: Services, db: Session, by: Staff, openid: str) -> list[Appeal]:
    mine = select(Appeal).where(Appeal.appellant == services.appellant(openid), visible_to(by))
    return list(db.scalars(mine.order_by(Appeal.id.desc()).limit(CASES)))


def _contact(cases: list[Appeal]) -> str:
    known = next((case for case in cases if case.phone), None)
    return f"{masked_name(known.contact)} {masked_phone(known.phone)}".strip() if known else ""


def _window(services: Services, person: Follower | None) -> Window | None:
    """None when the account cannot write to them by itself at all."""
    if person is None or not person.subscribed or Capability.CUSTOM_MESSAGE not in services.capabilities:
        return None
    left = remaining(people.windows(person), clock.now())
    return Window(person.message_until if left else None, left)
