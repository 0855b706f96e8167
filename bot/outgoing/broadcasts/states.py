"""A broadcast's states: what may follow what, and the one way in for every move (design §5).

Each move locks the broadcast's row first, so that of two people who act at once the second sees what the first
did. Deliveries of a broadcast are touched before the audit trail is: one order, no deadlock.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import audit, clock
from bot.core.actor import Actor
from bot.core.refusals import Advice, Refusal
from models.outgoing import Broadcast, BroadcastEvent, BroadcastState

S = BroadcastState
ALLOWED: dict[BroadcastState, frozenset[BroadcastState]] = {
    S.DRAFT: frozenset({S.SUBMITTED, S.CANCELLED}),
    S.SUBMITTED: frozenset({S.APPROVED, S.REJECTED, S.DRAFT, S.CANCELLED}),  # DRAFT: its author takes it back
    S.REJECTED: frozenset({S.DRAFT, S.CANCELLED}),
    S.APPROVED: frozenset({S.SCHEDULED, S.CANCELLED}),
    S.SCHEDULED: frozenset({S.SENDING, S.PAUSED, S.CANCELLED}),
    S.SENDING: frozenset({S.PAUSED, S.DONE, S.CANCELLED}),
    S.PAUSED: frozenset({S.SENDING, S.SCHEDULED, S.CANCELLED}),  # SCHEDULED: its hour is still to come
    S.DONE: frozenset({S.SENDING}),  # staff send it again to those who did not get it
    S.CANCELLED: frozenset(),
}
LABELS: dict[BroadcastState, str] = {
    S.DRAFT: "草稿",
    S.SUBMITTED: "待审批",
    S.APPROVED: "已批准",
    S.SCHEDULED: "待发送",
    S.SENDING: "发送中",
    S.PAUSED: "已暂停",
    S.DONE: "已完成",
    S.CANCELLED: "已取消",
    S.REJECTED: "已退回",
}
NEXT_STEP: dict[BroadcastState, Advice] = {
    S.DRAFT: Advice("请先提交，由另一位同事审批。", ("broadcast.submit",)),
    S.SUBMITTED: Advice("请等待审批；要改内容，请起草人先撤回。", ("broadcast.take_back",)),
    S.REJECTED: Advice("请先按退回理由修改，再提交。", ("broadcast.revise", "broadcast.submit")),
    S.APPROVED: Advice("系统正在排期，请稍后再看。"),
    S.SCHEDULED: Advice(
        "到时间会自动发送；可以改时间、暂停或取消。",
        ("broadcast.schedule", "broadcast.pause", "broadcast.cancel"),
    ),
    S.SENDING: Advice("可以暂停或取消。", ("broadcast.pause", "broadcast.cancel")),
    S.PAUSED: Advice("可以恢复或取消。", ("broadcast.resume", "broadcast.cancel")),
    S.DONE: Advice("没有收到的人可以重发；新的内容请另建一条。", ("broadcast.resend", "broadcast.new")),
    S.CANCELLED: Advice("需要发送的话，请另建一条。", ("broadcast.new",)),
}
FIGURES = {"people": "人数 ", "rows": "行数 ", "stopped": "停发人数 ", "row": "第几行 "}


class MoveRefused(Refusal):
    """This cannot be done in the broadcast's present state; the Chinese text says what can."""


def check(current: BroadcastState, to: BroadcastState, act: str) -> None:
    """Raise MoveRefused unless the table has the move; `act` is the verb in Chinese."""
    if to not in ALLOWED[current]:
        raise _not_now(current, act)


def expect(broadcast: Broadcast, act: str, *states: BroadcastState) -> None:
    """Raise MoveRefused unless the broadcast is in one of these states; for acts that move nothing."""
    if broadcast.state not in states:
        raise _not_now(broadcast.state, act)


def _not_now(current: BroadcastState, act: str) -> MoveRefused:
    step = NEXT_STEP[current]
    return MoveRefused(f"这条群发现在是「{LABELS[current]}」，不能{act}。{step}", *step.acts)


def expect_as_approved(broadcast: Broadcast, act: str) -> None:
    """Raise MoveRefused when the broadcast is no longer what was approved; `act` is the verb in Chinese."""
    if not is_as_approved(broadcast):
        raise MoveRefused(
            f"这条群发的内容与审批时不一致，不能{act}。请取消后另建一条。",
            "broadcast.cancel",
            "broadcast.new",
        )


def locked(db: Session, broadcast: Broadcast) -> Broadcast:
    """The broadcast read anew and locked until the transaction ends. New deliveries may still refer to it."""
    query = select(Broadcast).where(Broadcast.id == broadcast.id).with_for_update(key_share=True)
    return db.scalars(query.execution_options(populate_existing=True)).one()


def move(
    actor: Actor,
    broadcast: Broadcast,
    to: BroadcastState,
    action: str,
    reason: str | None = None,
    **said: Any,
) -> None:
    """Move a locked broadcast along the table, with its event and audit row."""
    came_from = broadcast.state
    check(came_from, to, f"变为「{LABELS[to]}」")
    broadcast.state = to
    note(actor, broadcast, action, came_from, reason, **said)


def note(
    actor: Actor,
    broadcast: Broadcast,
    action: str,
    came_from: BroadcastState | None,
    reason: str | None = None,
    **said: Any,
) -> None:
    """Write an act into the broadcast's life and into the audit trail. `said` holds figures and names of fields,
    never the words that are sent."""
    event = BroadcastEvent(
        broadcast_id=broadcast.id,
        staff_id=actor.by.id if actor.by else None,
        action=action,
        came_from=came_from,
        went_to=broadcast.state,
        detail=(reason or _figures(said))[:255] or None,
        at=clock.now(),
    )
    actor.db.add(event)
    moved = {"from": came_from.value if came_from else None, "to": broadcast.state.value}
    detail = {**moved, **({"reason": reason[:255]} if reason else {}), **said}
    audit.record(actor.db, actor.by, f"broadcast.{action}", "broadcast", broadcast.id, **detail)


def fingerprint(broadcast: Broadcast) -> str:
    """SHA-256 over what another person approves: form, payload, audience, channels, urgency and hour."""
    approved = {
        "form": broadcast.form,
        "payload": broadcast.payload,
        "audience": broadcast.audience,
        "ways": broadcast.ways,
        "urgent": broadcast.urgent,
        # As the database gives it back: the same moment in another zone is the same.
        "send_at": broadcast.send_at.astimezone(UTC).isoformat(timespec="microseconds")
        if broadcast.send_at
        else None,
    }
    words = json.dumps(approved, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(words.encode()).hexdigest()


def is_as_approved(broadcast: Broadcast) -> bool:
    """Whether it still is what was approved. Study pushes come from the schedule and need no approval."""
    return broadcast.kind == "study" or broadcast.frozen == fingerprint(broadcast)


def _figures(said: dict[str, Any]) -> str:
    """The figures of an act for the list of events; digests and names of fields are for the audit trail."""
    return "，".join(f"{FIGURES[name]}{value}" for name, value in said.items() if name in FIGURES)
