"""Reminders before an application window closes (domain §8.1): who saved the package, or whose company it fits.

A message a person a day at most, never twice, and nothing about a window that has closed meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pydantic import ValidationError
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.content.records import PolicyDocument, is_unverified
from bot.core import clock
from bot.core.db import insert_once
from bot.core.logs import get_logger
from bot.outgoing.broadcasts.automatic import is_quiet
from bot.outgoing.single_messages import queue_message
from bot.policies import matching
from bot.policies.matching import because
from bot.runtime.services import Services
from models.followers import Follower
from models.outgoing import Delivery, DeliveryState
from models.policies import Favourite, Policy, ReminderRefusal
from models.profiles import Profile

log = get_logger(__name__)
DAYS_BEFORE = (15, 7, 3, 1)
MOST_LINES = 5
KEY = "remind:"
WAITING = (DeliveryState.QUEUED, DeliveryState.WAITING_CONTACT)
_WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True)
class Closing:
    """A window that closes in so many days."""

    policy: PolicyDocument
    policy_id: int
    closes: date
    days: int


@dataclass(frozen=True)
class Told:
    """One window for one person, and why they are told."""

    closing: Closing
    why: str


def remind(services: Services, db: Session, due_at: datetime) -> None:
    """Queue the day's reminders, one message a person."""
    day = clock.local(due_at).date()
    cancel_past(db, day)
    found = closing(db, day)
    if not found:
        return
    not_before = _after_quiet_hours(services, clock.now())
    for openid, told in recipients(db, found):
        words = message(told)
        last = max(one.closing.closes for one in told)
        queue_message(
            db,
            key=f"{KEY}{day:%Y%m%d}:{openid}",  # a window has one day for each count of days: never twice
            recipient=openid,
            payload={"text": words, "closes": last.isoformat()},
            moment=due_at,
            not_before=not_before,
        )


def closing(db: Session, day: date) -> list[Closing]:
    """The windows that close in 15, 7, 3 or 1 days from this day; an unchecked date reminds nobody."""
    found = []
    wanted = {(day + timedelta(days=days)).isoformat(): days for days in DAYS_BEFORE}
    closes = Policy.document["window_close"].as_string()
    for row in db.scalars(select(Policy).where(closes.in_(wanted)).order_by(Policy.id)):
        try:
            policy = PolicyDocument.model_validate({**row.document, "body": row.body})
        except ValidationError:
            log.exception("policy_unreadable", policy=row.id)
            continue
        if policy.window_close and matching.is_current(policy) and not is_unverified(policy):
            days = wanted[policy.window_close.isoformat()]
            found.append(Closing(policy, row.id, policy.window_close, days))
    return sorted(found, key=lambda one: one.closes)


def recipients(db: Session, found: list[Closing]) -> Iterator[tuple[str, list[Told]]]:
    """Followers who have not refused, each with the windows that concern them, the soonest first."""
    refused = select(ReminderRefusal.openid)
    saved = _savers(db, found)
    query = (
        select(Follower.openid, Profile)
        .outerjoin(Profile, Profile.openid == Follower.openid)
        .where(Follower.subscribed, Follower.openid.not_in(refused))
        .where(Follower.openid.in_(select(Favourite.openid)) | Profile.id.is_not(None))
    )
    for openid, profile in db.execute(query.execution_options(yield_per=1000)):
        told = [*_concerns(found, saved.get(openid, set()), profile)]
        if told:
            yield openid, told


def _savers(db: Session, found: list[Closing]) -> dict[str, set[int]]:
    ids = [one.policy_id for one in found]
    saved: dict[str, set[int]] = {}
    pairs = select(Favourite.openid, Favourite.policy_id).where(Favourite.policy_id.in_(ids))
    for openid, policy_id in db.execute(pairs):
        saved.setdefault(openid, set()).add(policy_id)
    return saved


def _concerns(found: list[Closing], saved: set[int], profile: Profile | None) -> Iterator[Told]:
    asker = matching.company(profile)
    for one in found:
        fit = matching.fit(one.policy.tags, asker)
        if one.policy_id in saved:
            yield Told(one, "您收藏的")
        elif fit.good:
            yield Told(one, because(fit.reasons))


def message(told: list[Told]) -> str:
    """The one message of a day."""
    lines = [
        f"《{one.closing.policy.short_name}》{_date(one.closing.closes)}截止申报，还有{one.closing.days}天（{one.why}）"
        for one in told[:MOST_LINES]
    ]
    rest = (
        f"\n另有{len(told) - MOST_LINES}项，回复「适合我的政策」「我的收藏」查看。"
        if len(told) > MOST_LINES
        else ""
    )
    return (
        "【申报提醒】\n"
        + "\n".join(lines)
        + rest
        + "\n\n回复政策名称看条件和材料，回复「退订提醒」不再提醒。"
    )


def _date(day: date) -> str:
    return f"{day.month}月{day.day}日（周{_WEEKDAYS[day.weekday()]}）"


def cancel_past(db: Session, day: date) -> int:
    """Cancel reminders that nobody has seen before the last of their windows closed; how many."""
    waiting = select(Delivery.id, Delivery.payload).where(
        Delivery.broadcast_id.is_(None), Delivery.state.in_(WAITING), Delivery.key.startswith(KEY)
    )
    past = [row_id for row_id, said in db.execute(waiting) if str(said.get("closes", "")) < day.isoformat()]
    return _cancel(db, past)


def _cancel(db: Session, ids: Iterable[int]) -> int:
    rows = list(ids)
    done = {"state": DeliveryState.CANCELLED, "settled_at": clock.now()}
    db.execute(
        update(Delivery).where(Delivery.id.in_(rows), Delivery.state.in_(WAITING)).values(**done),
        execution_options={"synchronize_session": False},
    )
    return len(rows)


def refuse(db: Session, openid: str) -> bool:
    """No reminders from now on, also none that wait; False when it was so before."""
    ours = select(Delivery.id).where(
        Delivery.recipient == openid, Delivery.state.in_(WAITING), Delivery.key.startswith(KEY)
    )
    _cancel(db, db.scalars(ours))
    return insert_once(db, ReminderRefusal, openid=openid, created_at=clock.now()) is not None


def accept(db: Session, openid: str) -> None:
    """Reminders again."""
    db.execute(delete(ReminderRefusal).where(ReminderRefusal.openid == openid))


def _after_quiet_hours(services: Services, moment: datetime) -> datetime:
    """This moment, or the end of the quiet hours that it lies in."""
    if not is_quiet(services, moment):
        return moment
    ends = services.config.delivery.quiet_to
    morning = clock.at(clock.local(moment).date(), ends.hour, ends.minute)
    return morning if morning > moment else morning + timedelta(days=1)
