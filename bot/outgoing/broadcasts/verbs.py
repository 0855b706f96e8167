"""What staff do with a broadcast: draft, submit, approve, schedule, pause, resume, cancel (design §5).

Every verb checks the right, locks the broadcast, keeps to the table of moves, and writes the event and the audit
row in the caller's transaction. A broadcast that is handed in must belong to the actor's session. What happens by
itself is in `automatic`, what is done to single deliveries in `deliveries`.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import clock
from bot.core.actor import Actor
from bot.core.refusals import Refusal, acts_of
from bot.followers import segments
from bot.outgoing import payloads
from bot.outgoing.broadcasts.automatic import (
    begin_due,
    close_finished,
    is_quiet,
    pause_by_system,
    resume_due,
)
from bot.outgoing.broadcasts.deliveries import (
    cancel_open,
    resend_failed,
    resend_waiting,
    settle_unknown,
)
from bot.outgoing.broadcasts.states import (
    MoveRefused,
    check,
    expect,
    expect_as_approved,
    fingerprint,
    locked,
    move,
    note,
)
from bot.outgoing.broadcasts.why_waiting import why_waiting
from bot.outgoing.payloads import Problem
from bot.runtime.services import ServiceActor
from bot.staff import inbox
from bot.staff.rights import Denied, Right, require_colleague
from models.outgoing import Broadcast, BroadcastEvent, BroadcastState
from models.staff import Staff

__all__ = [
    "Changes",
    "Faulty",
    "MoveRefused",
    "approve",
    "begin_due",
    "cancel",
    "close_finished",
    "create",
    "is_quiet",
    "pause",
    "pause_by_system",
    "reject",
    "reschedule",
    "resend_failed",
    "resend_waiting",
    "resume",
    "resume_due",
    "revise",
    "settle_unknown",
    "submit",
    "take_back",
]
S = BroadcastState
TITLE_MOST = 64  # characters, in lists and in the audit trail
REASON_MOST = 200


class Faulty(Refusal):
    """The broadcast cannot be sent like this; `problems` say where, the text says it in Chinese."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(f"{one.where}：{one.message}" for one in problems))
        self.problems = tuple(problems)


class Changes(TypedDict, total=False):
    """What an author may choose. `audience` is "all", JSON or a segment; `send_at` None: once it is approved."""

    title: str
    form: str
    payload: dict[str, Any]
    audience: str | dict[str, Any]
    ways: Sequence[str] | None
    send_at: datetime | None
    urgent: bool


def create(
    actor: Actor,
    *,
    title: str,
    form: str,
    payload: dict[str, Any],
    audience: str | dict[str, Any],
    ways: Sequence[str] | None = None,
    send_at: datetime | None = None,
    urgent: bool = False,
) -> Broadcast:
    """A new draft. `ways` None: all that this form can go by. Raises Denied, Faulty, SegmentError."""
    by = require_colleague(actor.by, Right.BROADCAST_WRITE)
    broadcast = Broadcast(
        key=f"broadcast:{secrets.token_hex(8)}",
        kind="broadcast",
        title=title.strip(),
        form=form,
        payload=payload,
        audience=segments.parse(audience),
        ways=_channels(form, ways),
        urgent=urgent,
        state=S.DRAFT,
        author_id=by.id,
        send_at=send_at,
        created_at=clock.now(),
    )
    _check_sendable(broadcast)
    actor.db.add(broadcast)
    actor.db.flush()
    note(actor, broadcast, "create", None, form=form, digest=fingerprint(broadcast))
    return broadcast


def revise(actor: Actor, broadcast: Broadcast, **changes: Unpack[Changes]) -> None:
    """Change a draft or a rejected broadcast, which becomes a draft again."""
    require_colleague(actor.by, Right.BROADCAST_WRITE)
    broadcast = locked(actor.db, broadcast)
    expect(broadcast, "修改", S.DRAFT, S.REJECTED)
    before = fingerprint(broadcast)
    if "form" in changes and "ways" not in changes:
        changes["ways"] = None
    for name, value in changes.items():
        setattr(broadcast, name, _as_column(name, value, changes.get("form", broadcast.form)))
    _check_sendable(broadcast)
    said: dict[str, Any] = {"fields": sorted(changes), "before": before, "after": fingerprint(broadcast)}
    if broadcast.state is S.REJECTED:
        broadcast.reason = None
        move(actor, broadcast, S.DRAFT, "revise", **said)
    else:
        note(actor, broadcast, "revise", S.DRAFT, **said)


def submit(actor: Actor, broadcast: Broadcast) -> None:
    """Hand a draft in for another person's approval. Refuses what cannot be sent, and an audience of nobody."""
    require_colleague(actor.by, Right.BROADCAST_WRITE)
    broadcast = locked(actor.db, broadcast)
    check(broadcast.state, S.SUBMITTED, "提交")
    _check_sendable(broadcast)
    if missing := segments.missing(actor.db, broadcast.audience):
        raise MoveRefused("；".join(map(str, missing)), *acts_of(missing))
    people = segments.count(actor.db, broadcast.audience)
    if people == 0:
        raise MoveRefused("按现在的条件没有一个关注者会收到。请放宽发送范围后再提交。")
    broadcast.reason = None
    move(actor, broadcast, S.SUBMITTED, "submit", people=people)


def take_back(actor: Actor, broadcast: Broadcast) -> None:
    """The author makes a submitted broadcast a draft again."""
    by = require_colleague(actor.by, Right.BROADCAST_WRITE)
    broadcast = locked(actor.db, broadcast)
    check(broadcast.state, S.DRAFT, "撤回")
    expect(broadcast, "撤回", S.SUBMITTED)
    if by.id != broadcast.author_id:
        raise Denied("只有起草人可以撤回；需要修改的话，请有审批权的同事退回。", "broadcast.reject")
    move(actor, broadcast, S.DRAFT, "take_back")


def approve(actor: ServiceActor, broadcast: Broadcast) -> None:
    """Freeze a submitted broadcast and put it on the schedule: at its hour, or now. Its authors cannot."""
    by = require_colleague(actor.by, Right.BROADCAST_APPROVE)
    broadcast = locked(actor.db, broadcast)
    check(broadcast.state, S.APPROVED, "批准")
    _refuse_authors(actor.db, by, broadcast, "审批")
    _check_sendable(broadcast)
    broadcast.approver_id = by.id
    author = actor.db.get(Staff, broadcast.author_id) if broadcast.author_id else None
    broadcast.author, broadcast.reviewer = author.name if author else None, by.name
    broadcast.released_at = clock.now()
    broadcast.send_at = broadcast.send_at or clock.now()
    broadcast.frozen = fingerprint(broadcast)
    move(actor, broadcast, S.APPROVED, "approve", digest=broadcast.frozen)
    move(Actor(actor.db, None), broadcast, S.SCHEDULED, "schedule", send_at=broadcast.send_at.isoformat())
    actor.services.rows_made(actor.db)


def reject(actor: Actor, broadcast: Broadcast, reason: str) -> None:
    """Give a submitted broadcast back to its author, who reads why in their inbox and may revise it."""
    by = require_colleague(actor.by, Right.BROADCAST_APPROVE)
    broadcast = locked(actor.db, broadcast)
    check(broadcast.state, S.REJECTED, "退回")
    _refuse_authors(actor.db, by, broadcast, "退回")
    broadcast.reason = _required_reason(reason, "退回")
    move(actor, broadcast, S.REJECTED, "reject", broadcast.reason)
    if broadcast.author_id is not None:
        said = f"{by.name} 退回了您起草的《{broadcast.title}》：{broadcast.reason}。改好后可以再提交。"
        inbox.tell_staff(actor.db, broadcast.author_id, "broadcast", said)


def reschedule(actor: ServiceActor, broadcast: Broadcast, send_at: datetime | None) -> None:
    """Another hour for an approved broadcast that has not begun; None: now. The hour is part of what another
    person approves, so that the author cannot move it either."""
    by = require_colleague(actor.by, Right.BROADCAST_APPROVE)
    broadcast = locked(actor.db, broadcast)
    expect(broadcast, "改发送时间", S.SCHEDULED)
    _refuse_authors(actor.db, by, broadcast, "改时间")
    expect_as_approved(broadcast, "发送")
    before = broadcast.send_at
    broadcast.send_at = send_at or clock.now()
    broadcast.frozen = fingerprint(broadcast)
    said: dict[str, Any] = {
        "before": before.isoformat() if before else "",
        "after": broadcast.send_at.isoformat(),
    }
    note(actor, broadcast, "reschedule", S.SCHEDULED, **said, digest=broadcast.frozen)
    actor.services.rows_made(actor.db)


def pause(actor: Actor, broadcast: Broadcast, reason: str = "") -> None:
    """Stop a broadcast until staff resume it; one that the system paused no longer goes on by itself."""
    by = require_colleague(actor.by, Right.BROADCAST_RUN)
    broadcast = locked(actor.db, broadcast)
    by_itself = broadcast.state is S.PAUSED and broadcast.resume_at is not None
    if not by_itself:
        check(broadcast.state, S.PAUSED, "暂停")
    broadcast.resume_at = None
    broadcast.reason = reason.strip()[:REASON_MOST] or f"{by.name} 暂停"
    if by_itself:
        note(actor, broadcast, "pause", S.PAUSED, broadcast.reason)
    else:
        move(actor, broadcast, S.PAUSED, "pause", broadcast.reason)


def resume(actor: ServiceActor, broadcast: Broadcast) -> None:
    """Go on with a paused broadcast; one whose hour is still to come waits for it."""
    require_colleague(actor.by, Right.BROADCAST_RUN)
    broadcast = locked(actor.db, broadcast)
    expect(broadcast, "恢复", S.PAUSED)
    expect_as_approved(broadcast, "发送")
    begun = broadcast.cursor > 0 or broadcast.prepared_at is not None
    waits = not begun and broadcast.send_at is not None and broadcast.send_at > clock.now()
    broadcast.reason = why_waiting(actor.db, actor.config, broadcast.id, clock.now())
    broadcast.resume_at, broadcast.pauses = None, 0
    move(actor, broadcast, S.SCHEDULED if waits else S.SENDING, "resume")
    actor.services.rows_made(actor.db)


def cancel(actor: Actor, broadcast: Broadcast, reason: str = "") -> int:
    """End a broadcast before it is done; what has left this machine settles by itself. How many people it will
    not reach any more."""
    by = require_colleague(actor.by, Right.BROADCAST_RUN)
    broadcast = locked(actor.db, broadcast)
    check(broadcast.state, S.CANCELLED, "取消")
    stopped = cancel_open(actor.db, broadcast.id)
    broadcast.reason = reason.strip()[:REASON_MOST] or f"{by.name} 取消"
    broadcast.resume_at = None
    move(actor, broadcast, S.CANCELLED, "cancel", broadcast.reason, stopped=stopped)
    return stopped


def _channels(form: str, chosen: Sequence[str] | None) -> str:
    possible = payloads.possible_channels(form) if form in payloads.FORMS else ()
    return ",".join(dict.fromkeys(possible if chosen is None else chosen))


def _as_column(name: str, value: Any, form: str) -> Any:
    if name == "audience":
        return segments.parse(value)
    if name == "ways":
        return _channels(form, value)
    return value.strip() if name == "title" else value


def _check_sendable(broadcast: Broadcast) -> None:
    """Raise Faulty unless this can be sent."""
    problems = []
    if not 0 < len(broadcast.title) <= TITLE_MOST:
        problems.append(Problem("群发标题", f"请写标题，最多 {TITLE_MOST} 个字（只给同事看）。"))
    if broadcast.form not in payloads.FORMS:
        raise Faulty([*problems, *payloads.check(broadcast.form, broadcast.payload)])
    possible = payloads.possible_channels(broadcast.form)
    wrong = [channel for channel in broadcast.ways.split(",") if channel not in possible]
    if wrong or len(broadcast.ways) > TITLE_MOST:
        form, known = payloads.FORMS[broadcast.form], "、".join(possible)
        problems.append(Problem("渠道", f"「{form}」可以走的渠道是 {known}；请改写 {'、'.join(wrong)}。"))
    problems += payloads.check(broadcast.form, broadcast.payload)
    if problems:
        raise Faulty(problems)


def _refuse_authors(db: Session, by: Staff, broadcast: Broadcast, act: str) -> None:
    """Two pairs of eyes: nobody who wrote any of it decides about it."""
    wrote = select(BroadcastEvent.id).where(
        BroadcastEvent.broadcast_id == broadcast.id,
        BroadcastEvent.staff_id == by.id,
        BroadcastEvent.action.in_(("create", "revise")),
    )
    if by.id == broadcast.author_id or db.scalar(wrote.limit(1)) is not None:
        raise Denied(f"{by.name} 是这条群发的起草人，不能自己{act}；请另一位有审批权的同事操作。")


def _required_reason(reason: str, act: str) -> str:
    if not reason.strip():
        raise MoveRefused(f"请写明{act}理由，起草人会看到。", "reason")
    return reason.strip()[:REASON_MOST]
