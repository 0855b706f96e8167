"""After a restore: what may have left since the backup waits for a colleague's decision."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from bot.backup.afterwards import Restored
from bot.core import clock
from bot.core.actor import Actor
from bot.outgoing.broadcasts.states import move, note
from models.outgoing import (
    BatchState,
    Broadcast,
    BroadcastState,
    Delivery,
    DeliveryState,
    MassBatch,
    Publication,
    PublicationState,
)

S, D = BroadcastState, DeliveryState
MAY_HAVE_LEFT = "恢复备份：备份之后可能已经送达，请人工核实"
PAUSED = "恢复了 {:%m月%d日 %H:%M} 的备份：之后可能已经发出，请核对公众平台的发送记录，再恢复发送或取消"
GIVEN_UP = "恢复备份：可能已经发布过，改用其他方式发送"
UNSYNCHRONISED = {"synchronize_session": False}


def hold_back(restored: Restored) -> None:
    """Pause every broadcast that is under way or has an hour, and mark single messages as unknown: the office resumes,
    cancels or settles them."""
    db = restored.db
    broadcasts = _pause(restored)
    _distrust_jobs(db)
    singles = _mark(
        restored, Delivery.broadcast_id.is_(None), D.QUEUED, D.LEASED, D.SENDING, D.WAITING_CONTACT
    )
    waiting = _mark(restored, Delivery.broadcast_id.is_not(None), D.WAITING_CONTACT)
    if broadcasts:
        numbers = "、".join(str(each.id) for each in broadcasts)
        restored.say(
            f"{len(broadcasts)} 条群发已暂停（编号 {numbers}）。核对公众平台的发送记录后，逐条"
            "恢复发送（没有发过）或取消（已经发过）。",
            "broadcast.resume",
            "broadcast.cancel",
        )
    if singles or waiting:
        restored.say(
            f"{singles + waiting} 条消息可能已经送达，已标为「结果未知」，不会自动再发。请列出来（群发里的写编号），逐条核实后处理。",
            "broadcast.unknown",
            "broadcast.settle",
        )


def _pause(restored: Restored) -> list[Broadcast]:
    """The broadcasts that now wait; one that was paused already no longer resumes by itself."""
    db, system = restored.db, Actor(restored.db, None)
    reason = PAUSED.format(clock.local(restored.taken_at))
    going = select(Broadcast).where(Broadcast.state.in_((S.SENDING, S.SCHEDULED))).order_by(Broadcast.id)
    paused = list(db.scalars(going))
    resting = select(Broadcast).where(Broadcast.state == S.PAUSED, Broadcast.resume_at.is_not(None))
    for broadcast in db.scalars(resting).all():
        broadcast.reason, broadcast.resume_at = reason, None
        note(system, broadcast, "pause", S.PAUSED, reason)
    for broadcast in paused:
        broadcast.reason, broadcast.resume_at, broadcast.leased_until = reason, None, None
        move(system, broadcast, S.PAUSED, "pause", reason)
    return paused


def _distrust_jobs(db: Session) -> None:
    """A mass job may have been accepted, an article published, without this database knowing."""
    waiting = MassBatch.state.in_((BatchState.READY, BatchState.SENDING))
    db.execute(update(MassBatch).where(waiting).values(doubtful=True), execution_options=UNSYNCHRONISED)
    drafts = update(Publication).where(Publication.state == PublicationState.DRAFTING)
    given_up = {"state": PublicationState.FAILED, "detail": GIVEN_UP, "leased_until": None}
    db.execute(drafts.values(**given_up), execution_options=UNSYNCHRONISED)


def _mark(restored: Restored, which: ColumnElement[bool], *states: DeliveryState) -> int:
    unknown: dict[str, Any] = {"state": D.UNKNOWN, "detail": MAY_HAVE_LEFT, "settled_at": restored.moment}
    marked = update(Delivery).where(which, Delivery.state.in_(states)).values(**unknown, leased_until=None)
    return int(restored.db.execute(marked, execution_options=UNSYNCHRONISED).rowcount)  # type: ignore[attr-defined]
