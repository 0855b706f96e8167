"""Rows to fill an office with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.core import clock
from models.appeals import Appeal, AppealState
from models.followers import Follower
from models.inbound import Inbound
from models.outgoing import Broadcast, BroadcastState, Channel, Delivery, DeliveryState


def follower(openid: str, **more: Any) -> Follower:
    """Somebody who follows."""
    return Follower(openid=openid, subscribed=True, last_seen_at=clock.now(), **more)


def inbound(number: int, openid: str | None = "oA", text: str = "您好") -> Inbound:
    """A message that was answered."""
    row = Inbound(key=f"m{number}", openid=openid, kind="text", text=text, intent="greeting")
    row.reply, row.received_at = f"<xml>{number}</xml>", clock.now()
    return row


def appeal(number: str, appellant: str, openid: str | None, **more: Any) -> Appeal:
    """A case that waits for acceptance."""
    row = Appeal(number=number, appellant=appellant, openid=openid, state=AppealState.SUBMITTED)
    row.channel, row.type, row.category, row.title = "公众号", "求助", "融资", "贷款"
    row.body, row.contact, row.phone = "贷款批不下来", "王小明", "13800138000"
    row.anonymous, row.share_contact, row.consent_version = False, True, "1"
    row.consent_at = row.received_at = row.acceptance_due_at = clock.now()
    for name, value in more.items():
        setattr(row, name, value)
    return row


def broadcast(key: str, state: BroadcastState, send_at: datetime | None = None) -> Broadcast:
    """A message to many."""
    row = Broadcast(key=key, kind="broadcast", title="通知", form="text", payload={"text": "通知"})
    row.audience, row.ways, row.state, row.send_at = {"all": True}, "custom", state, send_at
    row.created_at = clock.now()
    return row


def delivery(key: str, state: DeliveryState, broadcast_id: int | None = None) -> Delivery:
    """A message to one."""
    row = Delivery(key=key, broadcast_id=broadcast_id, recipient="oA", payload={"text": "您好"}, state=state)
    row.channel, row.not_before, row.created_at = Channel.CUSTOM, clock.now(), clock.now()
    return row
