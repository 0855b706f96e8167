"""Study series: subscribing, the weekly occurrence, and the rows that one week's item goes out by (design §5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.orm import Session

from bot.core import clock, workdays
from bot.core.db import insert_once
from models.followers import Follower
from models.outgoing import Broadcast, BroadcastState, Delivery, DeliveryState
from models.study import Issue, Item, Series, Subscription, next_item, subscribed_series

WEEKDAYS = ("一", "二", "三", "四", "五", "六", "日")
WAITING_STATES = (DeliveryState.QUEUED, DeliveryState.LEASED, DeliveryState.WAITING_CONTACT)


def subscribe(db: Session, openid: str, series: Series) -> bool:
    """Take a series; False when it was taken before."""
    return (
        insert_once(db, Subscription, series_id=series.id, openid=openid, created_at=clock.now()) is not None
    )


def unsubscribe(db: Session, openid: str, series: list[Series] | None = None) -> list[str]:
    """Stop these series, or all, and cancel what of them is still to go out; gives the titles that were stopped."""
    stopped = [
        s for s in subscribed_series(db, openid) if series is None or s.id in {one.id for one in series}
    ]
    ids = [s.id for s in stopped]
    db.execute(delete(Subscription).where(Subscription.openid == openid, Subscription.series_id.in_(ids)))
    cancel_unwanted(db, Delivery.recipient == openid, Delivery.state.in_(WAITING_STATES))
    return [s.title for s in stopped]


_IS_WANTED = (
    exists()
    .where(Broadcast.id == Delivery.broadcast_id)
    .where(Subscription.series_id == Broadcast.series_id, Subscription.openid == Delivery.recipient)
)


def cancel_unwanted(db: Session, *which: ColumnElement[bool]) -> None:
    """Cancel rows whose person has unsubscribed since, also while the week's rows were being written."""
    ours = select(Broadcast.id).where(Broadcast.series_id.is_not(None))
    unwanted = update(Delivery).where(*which, Delivery.broadcast_id.in_(ours), ~_IS_WANTED)
    done = {"state": DeliveryState.CANCELLED, "settled_at": clock.now(), "detail": "退订"}
    db.execute(unwanted.values(**done), execution_options={"synchronize_session": False})


def occurrence(series: Series, week_of: date) -> datetime:
    """When this series is sent in the week of a day: its hour, on the next working day if it is a rest day."""
    planned = week_of - timedelta(days=week_of.isoweekday() - series.weekday)
    return clock.at(workdays.next_workday(planned), series.hour, series.minute)


def latest_occurrence(series: Series, moment: datetime) -> datetime | None:
    """The newest occurrence at or before a moment."""
    today = clock.local(moment).date()
    weeks = (today - timedelta(days=7 * back) for back in (-1, 0, 1, 2))
    past = [due for due in (occurrence(series, week) for week in weeks) if due <= moment]
    return max(past, default=None)


def next_occurrence(series: Series, moment: datetime) -> datetime:
    """The first occurrence after a moment."""
    today = clock.local(moment).date()
    weeks = (today + timedelta(days=7 * ahead) for ahead in range(-2, 4))
    return min(due for due in (occurrence(series, week) for week in weeks) if due > moment)


def claim_of(series: Series, due: datetime) -> datetime:
    """The moment that stands for a week's occurrence in the claim, the planned week's Monday: a series whose hour is
    moved within the week is not sent a second time."""
    day = clock.local(due).date()
    weeks = [day - timedelta(days=7 * back) for back in range(4)]
    planned = next((week for week in weeks if occurrence(series, week) == due), day)
    return clock.at(planned - timedelta(days=planned.isoweekday() - 1), 0)


def schedule_words(series: Series) -> str:
    """The weekly hour as people say it."""
    return f"每周{WEEKDAYS[series.weekday - 1]} {series.hour:02d}:{series.minute:02d}"


def send_week(db: Session, series_id: int, due_at: datetime, url_of: Callable[[str], str]) -> bool:
    """Issue the next released item of a series for one occurrence; `bot/outgoing/delivery/recipients.py` makes a row per subscriber.

    A series without subscribers, without a released item that is not sent yet, or that is switched off, issues nothing.
    """
    series = db.get(Series, series_id)
    item = next_item(db, series_id) if series and series.enabled else None
    if series is None or item is None or not has_subscribers(db, series_id):
        return False
    db.add(Issue(series_id=series_id, item_id=item.id, due_at=due_at, created_at=clock.now()))
    broadcast = Broadcast(key=f"study:{series.slug}:{due_at:%Y-%m-%dT%H:%MZ}", kind="study", title=item.title)
    broadcast.series_id, broadcast.pauses = series.id, 0
    broadcast.form, broadcast.audience = "page", {"series": [series.slug]}
    broadcast.ways, broadcast.urgent = "custom,mass", False
    broadcast.author, broadcast.reviewer, broadcast.released_at = item.author, item.reviewer, item.released_at
    broadcast.payload = payload(series, item, url_of(f"/s/{item.slug}"))
    broadcast.state, broadcast.created_at = BroadcastState.SENDING, clock.now()
    db.add(broadcast)
    return True


def payload(series: Series, item: Item, url: str) -> dict[str, Any]:
    """An item as it is sent: a card where cards are possible, words elsewhere."""
    source = f"{item.document.get('source_name') or ''} {item.document.get('date') or ''}".strip()
    words = (
        f"【{series.title}】第{item.position}期\n{item.title}\n\n{item.digest}\n\n来源：{source}\n"
        f'<a href="{url}">阅读全文</a>\n回复「往期」看往期，回复 TD 退订'
    )
    return {"title": item.title, "digest": item.digest, "url": url, "text": words}


def has_subscribers(db: Session, series_id: int) -> bool:
    """Whether anybody who still follows takes a series."""
    query = select(Subscription.id).join(Follower, Follower.openid == Subscription.openid)
    return (
        db.scalar(query.where(Subscription.series_id == series_id, Follower.subscribed).limit(1)) is not None
    )
