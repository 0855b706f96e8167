"""The list of 留言: one line a person who waits, what has to be told by phone, and what was settled last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.chat import answering
from bot.chat.staff_messages import SELF_HARM
from bot.console.cards import Card, card
from bot.core import clock
from bot.core.sensitive import masked_text
from bot.staff.rights import Right
from models.messages import MessageAnswer, StaffMessage
from models.staff import Staff

ADDRESS = "/console/messages"
MOST, LAST = 1000, 20
ERASED = "（本人已删除信息，原话已清除，只留这一条。）"


@dataclass(frozen=True)
class Waiting:
    """One person who waits, with all that they left."""

    messages: tuple[StaffMessage, ...]  # oldest first
    taken_by: str | None

    @property
    def newest(self) -> StaffMessage:
        """What they said last; its page is the person's."""
        return self.messages[-1]

    @property
    def words(self) -> str:
        """All that they left, in one line."""
        return " / ".join(one.text for one in self.messages if one.text)

    @property
    def in_danger(self) -> bool:
        """Whether they spoke of ending their life."""
        return any(one.reason == SELF_HARM for one in self.messages)

    @property
    def due_at(self) -> datetime | None:
        """The first moment that was promised."""
        return min((one.due_at for one in self.messages if one.due_at), default=None)

    @property
    def is_late(self) -> bool:
        """Whether they wait longer than promised."""
        return self.due_at is not None and self.due_at <= clock.now()


def shown(text: str) -> str:
    """Somebody's words with their numbers masked."""
    return masked_text(text, phones=True) or ERASED


def waiting(db: Session) -> list[Waiting]:
    """Who waits: those in danger first, then by the promised moment."""
    query = select(StaffMessage).where(StaffMessage.handled_at.is_(None)).order_by(StaffMessage.id)
    by_person: dict[str, list[StaffMessage]] = {}
    for one in db.scalars(query.limit(MOST)):
        by_person.setdefault(one.openid or f"nobody:{one.id}", []).append(one)
    names = _names(db, {one.taken_by_id for group in by_person.values() for one in group})
    people = [Waiting(tuple(group), names.get(group[-1].taken_by_id)) for group in by_person.values()]
    return sorted(people, key=lambda one: (not one.in_danger, one.due_at or one.newest.created_at))


def untold(db: Session) -> list[tuple[MessageAnswer, str]]:
    """Answers that have not come to the person, and who wrote each."""
    rows = answering.untold(db)
    names = _names(db, {row.by_id for row in rows})
    return [(row, names.get(row.by_id) or "") for row in rows]


def settled(db: Session) -> list[tuple[StaffMessage, str]]:
    """What was settled last, and by whom."""
    query = select(StaffMessage).where(StaffMessage.handled_at.is_not(None))
    rows = list(db.scalars(query.order_by(StaffMessage.handled_at.desc()).limit(LAST)))
    names = _names(db, {row.handled_by_id for row in rows})
    return [(row, names.get(row.handled_by_id) or "") for row in rows]


def _names(db: Session, ids: set[int | None]) -> dict[int | None, str]:
    found: dict[int | None, str] = {}
    for staff_id, name in db.execute(select(Staff.id, Staff.name).where(Staff.id.in_(ids - {None}))):
        found[staff_id] = name
    return found


@card(Right.MESSAGE_ANSWER, 5)
def message_cards(db: Session, by: Staff) -> list[Card]:
    """Who waits for a person; what is in danger or late is told apart by its words and its tone."""
    people, by_phone = waiting(db), len(answering.untold(db))
    danger, late = sum(one.in_danger for one in people), sum(one.is_late for one in people)
    hint = f"{danger} 位有轻生念头，马上看" if danger else f"{late} 位已过答复时间" if late else "等人答复"
    card = Card("留言", len(people), ADDRESS, hint, "bad" if danger or late else "warn")
    told = Card("留言待电话", by_phone, f"{ADDRESS}#untold", "微信没送到的答复", "warn")
    return [card, told] if by_phone else [card]
