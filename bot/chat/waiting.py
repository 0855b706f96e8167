"""What waited for a person, sent with the reply to their next message: by customer-service message when the account may,
else appended to the reply."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from bot.chat.context import Context
from bot.outgoing import payloads
from bot.outgoing.single_messages import payload_of
from bot.wechat.capabilities import Capability
from bot.wechat.replies import TEXT_BYTES, Reply, Silence, Text
from models.outgoing import Channel, Delivery, DeliveryState

PASSIVE_MOST = 3  # appended to one reply; the rest wait for the next


def with_waiting(ctx: Context, reply: Reply) -> Reply:
    """The reply, together with what waited for this person; their message has just opened a window."""
    if ctx.message.kind == "event" and ctx.message.event not in ("click", "subscribe", "scan"):
        return reply
    query = select(Delivery).where(
        Delivery.recipient == ctx.openid, Delivery.state == DeliveryState.WAITING_CONTACT
    )
    waiting = list(ctx.db.scalars(query.order_by(Delivery.id).with_for_update()))
    if Capability.CUSTOM_MESSAGE not in ctx.services.capabilities:
        return _with_words_appended(ctx, reply, waiting) if waiting else reply
    by_message = [row for row in waiting if payloads.custom_message(*payload_of(ctx.db, row)) is not None]
    for row in by_message:
        row.state, row.channel = DeliveryState.QUEUED, Channel.CUSTOM
        row.not_before, row.asked = ctx.now, True
    if by_message:
        ctx.services.rows_made(ctx.db)
    by_reply = [row for row in waiting if row.state is DeliveryState.WAITING_CONTACT]
    return _with_words_appended(ctx, reply, by_reply) if by_reply else reply


def _with_words_appended(ctx: Context, reply: Reply, waiting: list[Delivery]) -> Reply:
    if not isinstance(reply, Text | Silence):
        return reply  # a card has no room: the words wait for the next message
    content = reply.content if isinstance(reply, Text) else ""
    for place, row in enumerate(waiting[:PASSIVE_MOST]):
        longer = "\n\n———\n".join(
            part for part in (content, payloads.words(*payload_of(ctx.db, row))) if part
        )
        if place > 0 and len(longer.encode()) > TEXT_BYTES:
            break  # the first always goes: what does not fit is read on by 「继续」
        content = longer
        row.state, row.channel, row.settled_at = DeliveryState.SENT, Channel.PASSIVE, ctx.now
    return replace(reply, content=content) if isinstance(reply, Text) else Text(content)
