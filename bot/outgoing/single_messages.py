"""One message to one person, and what a row says: its own words, or its broadcast's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.core.db import insert_once
from models.outgoing import Broadcast, Delivery, DeliveryState


def queue_message(
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


def payload_of(db: Session, row: Delivery) -> tuple[str, dict[str, Any]]:
    """Form and payload of a delivery."""
    return form_and_payload(row.payload, db.get(Broadcast, row.broadcast_id) if row.broadcast_id else None)


def form_and_payload(own: dict[str, Any], broadcast: Broadcast | None) -> tuple[str, dict[str, Any]]:
    """Form and payload of a message: its row's own words, or its broadcast's."""
    if own or broadcast is None:
        return ("menu" if own.get("items") else "page" if own.get("url") else "text"), own
    return broadcast.form, broadcast.payload
