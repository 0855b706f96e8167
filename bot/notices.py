"""Messages that wait for a person: by customer-service message when the account may, else in the next reply."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.context import Context
from bot.db import insert_once
from bot.replies import TEXT_BYTES, Reply, Silence, Text
from bot.wechat.channels import Capability
from models.delivery import Broadcast, Channel, Delivery, DeliveryState

PASSIVE_MOST = 3  # appended to one reply; the rest wait for the next


def leave_notice(
    db: Session,
    *,
    key: str,
    recipient: str,
    payload: dict[str, Any],
    moment: datetime,
    not_before: datetime | None = None,
) -> int | None:
    """Queue one message to one person, once per `key`; the new row's id, or None when it was there."""
    return insert_once(
        db,
        Delivery,
        key=key,
        recipient=recipient,
        payload=payload,
        state=DeliveryState.QUEUED,
        attempts=0,
        not_before=not_before or moment,
        created_at=moment,
    )


def with_waiting(ctx: Context, reply: Reply) -> Reply:
    """The reply, together with what waited for this person; their message has just opened a window."""
    if ctx.message.kind == "event" and ctx.message.event not in ("click", "subscribe", "scan"):
        return reply
    query = select(Delivery).where(
        Delivery.recipient == ctx.openid, Delivery.state == DeliveryState.WAITING_CONTACT
    )
    waiting = list(ctx.db.scalars(query.order_by(Delivery.id).with_for_update()))
    if not waiting:
        return reply
    if Capability.CUSTOM_MESSAGE in ctx.services.capabilities:
        for row in waiting:
            row.state, row.channel, row.not_before = DeliveryState.QUEUED, Channel.CUSTOM, ctx.now
        ctx.after_commit(ctx.services.wake)
        return reply
    return _appended(ctx, reply, waiting)


def _appended(ctx: Context, reply: Reply, waiting: list[Delivery]) -> Reply:
    if not isinstance(reply, Text | Silence):
        return reply  # a card has no room: the words wait for the next message
    content = reply.content if isinstance(reply, Text) else ""
    for place, row in enumerate(waiting[:PASSIVE_MOST]):
        longer = "\n\n———\n".join(part for part in (content, text_of(ctx.db, row)) if part)
        if place > 0 and len(longer.encode()) > TEXT_BYTES:
            break  # the first always goes: what does not fit is read on by 「继续」
        content = longer
        row.state, row.channel, row.settled_at = DeliveryState.SENT, Channel.PASSIVE, ctx.now
    return replace(reply, content=content) if isinstance(reply, Text) else Text(content)


def payload_of(db: Session, row: Delivery) -> dict[str, Any]:
    """What a delivery says: its own payload, or its broadcast's."""
    if row.payload or row.broadcast_id is None:
        return row.payload
    broadcast = db.get(Broadcast, row.broadcast_id)
    return broadcast.payload if broadcast else {}


def text_of(db: Session, row: Delivery) -> str:
    """The words of a delivery."""
    return str(payload_of(db, row).get("text", ""))
