"""What an act does that its colleague should see before it stays: the words that reach the appellant, and the same words
a second time. Found by looking at what the act has just written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.appeals.acts.act import Act
from bot.appeals.messages import NOBODY
from bot.appeals.wording import when
from bot.core import clock
from bot.runtime.services import ServiceActor
from models.appeal_work import AppealMessage
from models.appeals import Appeal, AppealEvent

SOON = timedelta(
    days=1
)  # the same words by the same person within it are a second press more often than a wish


@dataclass(frozen=True)
class Telling:
    """One text for an appellant, and how it reaches them."""

    reach: str
    text: str


@dataclass(frozen=True)
class Foreseen:
    """What would happen. `again` says when the same was written before, else ""."""

    told: list[Telling]
    again: str

    @property
    def asks(self) -> bool:
        """Whether the colleague should look at it first."""
        return bool(self.told or self.again)


def newest_event(db: Session, case: Appeal) -> int:
    """The place in the case's history behind which an act writes."""
    return db.scalar(select(func.max(AppealEvent.id)).where(AppealEvent.appeal_id == case.id)) or 0


def foresee(actor: ServiceActor, case: Appeal, act: Act, before: int) -> Foreseen:
    """What the act has written behind this event."""
    own = select(AppealEvent).where(AppealEvent.appeal_id == case.id, AppealEvent.id > before)
    events = list(actor.db.scalars(own.order_by(AppealEvent.id)))
    told = _told(actor.db, events) if act.previewed else []
    times = [at for event in events if (at := _said_before(actor.db, event, before))]
    again = f"您 {_at(times[0])} 已{act.form.again}，确定要再来一次吗？" if times else ""
    return Foreseen(told, again)


def _told(db: Session, events: list[AppealEvent]) -> list[Telling]:
    rows = select(AppealMessage).where(AppealMessage.event_id.in_([event.id for event in events]))
    messages = [Telling(_reach(row), row.text) for row in db.scalars(rows.order_by(AppealMessage.id))]
    shown = [Telling("在进度页看到", event.public_text) for event in events if event.public_text]
    return messages or shown


def _reach(message: AppealMessage) -> str:
    if message.delivery_id is not None:
        return "用微信发送，送不到的转为电话告知"
    return NOBODY if message.told_remark == NOBODY else "没有微信，列入「电话告知」"


def _said_before(db: Session, event: AppealEvent, before: int) -> datetime | None:
    """When the same person wrote the same words into this case, without moving it."""
    words = _words(event)
    if not words or event.from_state is not event.to_state:
        return None
    earlier = select(AppealEvent).where(
        AppealEvent.appeal_id == event.appeal_id,
        AppealEvent.id <= before,
        AppealEvent.actor == event.actor,
        AppealEvent.action == event.action,
        AppealEvent.at > event.at - SOON,
    )
    found = db.scalars(earlier.order_by(AppealEvent.id.desc()))
    return next((one.at for one in found if _words(one) == words), None)


def _words(event: AppealEvent) -> str:
    return str(event.detail.get("words") or event.public_text or "")


def _at(moment: datetime) -> str:
    today = clock.local(moment).date() == clock.today()
    return f"{clock.local(moment):%H:%M}" if today else when(moment)
