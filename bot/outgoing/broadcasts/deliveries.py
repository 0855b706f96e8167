"""What staff do to a broadcast's single deliveries: send again, decide about unknown ones, count them.

Workers lock a delivery and then ask for its broadcast; here the broadcast is locked first. So rows that are locked
are passed over where that cannot be waited for: their worker looks at the broadcast's state itself.
"""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from bot.core import audit, clock
from bot.core.actor import Actor
from bot.outgoing.broadcasts.states import MoveRefused, expect, expect_as_approved, locked, move, note
from bot.runtime.services import ServiceActor
from bot.staff.rights import Right, require_colleague
from models.outgoing import (
    BatchState,
    Broadcast,
    BroadcastState,
    Channel,
    Delivery,
    DeliveryState,
    MassBatch,
)

S, D = BroadcastState, DeliveryState
OPEN = (D.QUEUED, D.LEASED, D.WAITING_CONTACT)
AT_ONCE = 50_000  # rows that one transaction cancels: it takes a second
UNSYNCHRONISED = {"synchronize_session": False}
DOUBTFUL = "取消时群发结果未知，请在公众平台核实"
Verdict = Literal["arrived", "again"]


def cancel_open(db: Session, broadcast_id: int) -> int:
    """Cancel what has not left this machine, of a broadcast that the caller has locked; how many people that is. Those
    beyond AT_ONCE are cancelled by the chores that come by every other second (`automatic.close_finished`);
    they cannot leave, as workers look at the broadcast's state. A mass job that may have been accepted without our
    knowing leaves unknown rows for a person to look at."""
    moment = clock.now()
    jobs = select(MassBatch.id).where(
        MassBatch.broadcast_id == broadcast_id, MassBatch.state == BatchState.READY
    )
    ready = list(db.scalars(jobs.with_for_update(skip_locked=True)))
    doubtful = select(MassBatch.id).where(MassBatch.id.in_(ready), MassBatch.doubtful)
    _change(
        db,
        (Delivery.batch_id.in_(doubtful), Delivery.state == D.QUEUED),
        {"state": D.UNKNOWN, "settled_at": moment, "detail": DOUBTFUL},
    )
    failed = update(MassBatch).where(MassBatch.id.in_(ready))
    db.execute(failed.values(state=BatchState.FAILED, detail="群发已取消"), execution_options=UNSYNCHRONISED)
    mine = (Delivery.broadcast_id == broadcast_id, Delivery.state.in_(OPEN))
    stopped = {"state": D.CANCELLED, "settled_at": moment, "leased_until": None, "detail": "群发已取消"}
    changed = _change(db, mine, stopped, AT_ONCE)
    if changed < AT_ONCE:
        return changed
    return changed + (db.scalar(select(func.count()).select_from(Delivery).where(*mine)) or 0)


def resend_failed(actor: ServiceActor, broadcast: Broadcast) -> int:
    """Try again for those whom WeChat refused; how many."""
    return _resend(actor, broadcast, D.REFUSED, "resend_failed")


def resend_waiting(actor: ServiceActor, broadcast: Broadcast) -> int:
    """Look again for a channel to those who wait for their own next message; how many."""
    return _resend(actor, broadcast, D.WAITING_CONTACT, "resend_waiting")


def settle_unknown(actor: ServiceActor, delivery_id: int, verdict: Verdict) -> DeliveryState:
    """What a person found out about a message of which we do not know whether it arrived. Raises MoveRefused."""
    require_colleague(actor.by, Right.BROADCAST_RUN)
    found = select(Broadcast).join(Delivery, Delivery.broadcast_id == Broadcast.id)
    broadcast = actor.db.scalar(found.where(Delivery.id == delivery_id))
    if broadcast is not None:
        broadcast = locked(actor.db, broadcast)
    row = actor.db.get(Delivery, delivery_id, with_for_update=True, populate_existing=True)
    if row is None or row.state is not D.UNKNOWN:
        raise MoveRefused(f"第 {delivery_id} 行不是「结果未知」。请查看还有哪些要核实。", "broadcast.unknown")
    if verdict == "again":
        _may_go_again(row, broadcast)
        for name, value in _as_newly_made().items():
            setattr(row, name, value)
        actor.services.rows_made(actor.db)
    else:
        row.state, row.settled_at, row.detail = D.SENT, clock.now(), "工作人员核实：已送达"
    _write_down(actor, broadcast, f"settle_{verdict}", row=row.id)
    return row.state


def unknown(db: Session, broadcast: Broadcast | None, limit: int = 200) -> list[Delivery]:
    """The rows that wait for a person's decision, oldest first; of single messages when no broadcast is given."""
    mine = Delivery.broadcast_id == (broadcast.id if broadcast else None)
    query = select(Delivery).where(mine, Delivery.state == D.UNKNOWN)
    return list(db.scalars(query.order_by(Delivery.id).limit(limit)))


def by_state(db: Session, broadcast: Broadcast) -> dict[DeliveryState, int]:
    """How many rows are in each state, also where there are none."""
    query = select(Delivery.state, func.count()).where(Delivery.broadcast_id == broadcast.id)
    found = dict(db.execute(query.group_by(Delivery.state)).all())
    return {state: found.get(state, 0) for state in D}


def by_channel(db: Session, broadcast: Broadcast) -> dict[Channel, int]:
    """How many arrived by each channel, also where there are none."""
    sent = (Delivery.broadcast_id == broadcast.id, Delivery.state == D.SENT)
    query = select(Delivery.channel, func.count()).where(*sent, Delivery.channel.is_not(None))
    found = dict(db.execute(query.group_by(Delivery.channel)).all())
    return {channel: found.get(channel, 0) for channel in Channel}


def _resend(actor: ServiceActor, broadcast: Broadcast, state: DeliveryState, action: str) -> int:
    require_colleague(actor.by, Right.BROADCAST_RUN)
    broadcast = locked(actor.db, broadcast)
    expect(broadcast, "重发", S.SENDING, S.PAUSED, S.DONE)
    expect_as_approved(broadcast, "重发")
    mine = (Delivery.broadcast_id == broadcast.id, Delivery.state == state, Delivery.recipient.is_not(None))
    count = _change(actor.db, mine, _as_newly_made())
    if count:
        _write_down(actor, broadcast, action, rows=count)
        actor.services.rows_made(actor.db)
    return count


def _may_go_again(row: Delivery, broadcast: Broadcast | None) -> None:
    if row.recipient is None:
        raise MoveRefused("这位关注者已取消关注，资料已清除，不能再发。请改选「已送达」。", "arrived")
    if broadcast is not None:
        expect(broadcast, "再发", S.SENDING, S.PAUSED, S.DONE)
        expect_as_approved(broadcast, "再发")


def _write_down(actor: Actor, broadcast: Broadcast | None, action: str, **said: Any) -> None:
    """The act on rows; a finished broadcast with new work is being sent again."""
    if broadcast is None:
        audit.record(actor.db, actor.by, f"delivery.{action}", "delivery", said.get("row"))
    elif broadcast.state is S.DONE and action != "settle_arrived":
        move(actor, broadcast, S.SENDING, action, **said)
    else:
        note(actor, broadcast, action, broadcast.state, **said)


def _as_newly_made() -> dict[str, Any]:
    """A row as if it had just been made."""
    blank = ("channel", "batch_id", "leased_until", "msg_id", "errcode", "detail", "settled_at")
    return {
        "state": D.QUEUED,
        "attempts": 0,
        "asked": False,
        "not_before": clock.now(),
        **dict.fromkeys(blank),
    }


def _change(
    db: Session, which: tuple[ColumnElement[bool], ...], values: dict[str, Any], most: int | None = None
) -> int:
    """Change rows that are not locked, `most` of them; how many."""
    free = select(Delivery.id).where(*which).limit(most).with_for_update(skip_locked=True)
    changed = update(Delivery).where(Delivery.id.in_(free.scalar_subquery()))
    result = db.execute(changed.values(**values), execution_options=UNSYNCHRONISED)
    return int(result.rowcount)  # type: ignore[attr-defined]
