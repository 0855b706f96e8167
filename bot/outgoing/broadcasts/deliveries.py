"""What staff do to a broadcast's single deliveries: send again, decide about unknown ones, count them.

Workers hold a delivery while they ask for its broadcast; here the broadcast is held first. So rows that somebody
holds are passed over where that cannot be waited for: their worker looks at the broadcast's state itself.
"""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from bot.core import audit, clock
from bot.outgoing.broadcasts.states import MoveRefused, expect, held, is_as_approved, move, note
from bot.runtime.services import Services
from bot.staff.rights import Right, require
from models.outgoing import (
    BatchState,
    Broadcast,
    BroadcastState,
    Channel,
    Delivery,
    DeliveryState,
    MassBatch,
)
from models.staff import Staff

S, D = BroadcastState, DeliveryState
OPEN = (D.QUEUED, D.LEASED, D.WAITING_CONTACT)
AT_ONCE = 50_000  # rows that one transaction cancels: it takes a second
UNSYNCHRONISED = {"synchronize_session": False}
DOUBTFUL = "取消时群发结果未知，请在公众平台核实"
Verdict = Literal["arrived", "again"]


def cancel_open(db: Session, broadcast_id: int) -> int:
    """Cancel what has not left this machine, of a broadcast that the caller holds; how many people that is. Those
    beyond AT_ONCE are cancelled by the chores that come by every other second (`broadcast_clock.close_finished`);
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


def resend_failed(services: Services, db: Session, by: Staff, broadcast: Broadcast) -> int:
    """Try again for those whom WeChat refused; how many."""
    return _resend(services, db, by, broadcast, D.REFUSED, "resend_failed")


def resend_waiting(services: Services, db: Session, by: Staff, broadcast: Broadcast) -> int:
    """Look again for a way to those who wait for their own next message; how many."""
    return _resend(services, db, by, broadcast, D.WAITING_CONTACT, "resend_waiting")


def settle_unknown(
    services: Services, db: Session, by: Staff, delivery_id: int, verdict: Verdict
) -> DeliveryState:
    """What a person found out about a message of which we do not know whether it arrived. Raises MoveRefused."""
    require(by, Right.BROADCAST_RUN)
    found = select(Broadcast).join(Delivery, Delivery.broadcast_id == Broadcast.id)
    broadcast = db.scalar(found.where(Delivery.id == delivery_id))
    if broadcast is not None:
        broadcast = held(db, broadcast)
    row = db.get(Delivery, delivery_id, with_for_update=True, populate_existing=True)
    if row is None or row.state is not D.UNKNOWN:
        raise MoveRefused(f"第 {delivery_id} 行不是「结果未知」。请用 unknown 查看还有哪些要核实。")
    if verdict == "again":
        _may_go_again(row, broadcast)
        for name, value in _anew().items():
            setattr(row, name, value)
        services.rows_made(db)
    else:
        row.state, row.settled_at, row.detail = D.SENT, clock.now(), "工作人员核实：已送达"
    _write_down(db, by, broadcast, f"settle_{verdict}", row=row.id)
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
    """How many arrived by each way, also where there are none."""
    sent = (Delivery.broadcast_id == broadcast.id, Delivery.state == D.SENT)
    query = select(Delivery.channel, func.count()).where(*sent, Delivery.channel.is_not(None))
    found = dict(db.execute(query.group_by(Delivery.channel)).all())
    return {channel: found.get(channel, 0) for channel in Channel}


def _resend(
    services: Services, db: Session, by: Staff, broadcast: Broadcast, state: DeliveryState, action: str
) -> int:
    require(by, Right.BROADCAST_RUN)
    broadcast = held(db, broadcast)
    expect(broadcast, "重发", S.SENDING, S.PAUSED, S.DONE)
    if not is_as_approved(broadcast):
        raise MoveRefused("这条群发的内容与审批时不一致，不能重发。请取消（cancel）后另建一条（new）。")
    mine = (Delivery.broadcast_id == broadcast.id, Delivery.state == state, Delivery.recipient.is_not(None))
    count = _change(db, mine, _anew())
    if count:
        _write_down(db, by, broadcast, action, rows=count)
        services.rows_made(db)
    return count


def _may_go_again(row: Delivery, broadcast: Broadcast | None) -> None:
    if row.recipient is None:
        raise MoveRefused("这位关注者已取消关注，资料已清除，不能再发。请改选「已送达」（--arrived）。")
    if broadcast is not None:
        expect(broadcast, "再发", S.SENDING, S.PAUSED, S.DONE)
        if not is_as_approved(broadcast):
            raise MoveRefused("这条群发的内容与审批时不一致，不能再发。请取消（cancel）后另建一条（new）。")


def _write_down(db: Session, by: Staff, broadcast: Broadcast | None, action: str, **said: Any) -> None:
    """The act on rows; a finished broadcast with new work is being sent again."""
    if broadcast is None:
        audit.record(db, by, f"delivery.{action}", "delivery", said.get("row"))
    elif broadcast.state is S.DONE and action != "settle_arrived":
        move(db, by, broadcast, S.SENDING, action, **said)
    else:
        note(db, by, broadcast, action, broadcast.state, **said)


def _anew() -> dict[str, Any]:
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
    """Change rows that nobody holds, `most` of them; how many."""
    free = select(Delivery.id).where(*which).limit(most).with_for_update(skip_locked=True)
    changed = update(Delivery).where(Delivery.id.in_(free.scalar_subquery()))
    result = db.execute(changed.values(**values), execution_options=UNSYNCHRONISED)
    return int(result.rowcount)  # type: ignore[attr-defined]
