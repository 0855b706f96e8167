"""Showing a broadcast to colleagues on their own phones before anybody else gets it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from bot.core.actor import Actor
from bot.core.db import reading, transaction
from bot.outgoing import payloads
from bot.outgoing.broadcasts.states import MoveRefused, note
from bot.runtime.services import Services
from bot.staff.rights import Right, require_colleague
from bot.wechat.capabilities import Capability, Missing
from bot.wechat.gateway import Answer
from models.outgoing import Broadcast
from models.staff import Staff


@dataclass(frozen=True)
class Shown:
    """Whether one colleague got it; `advice` says in Chinese what to do when not."""

    name: str
    ok: bool
    advice: str


def preview(services: Services, by: Staff | None, broadcast: Broadcast, names: Sequence[str]) -> list[Shown]:
    """Send it now to colleagues who follow the account. Calls WeChat: never inside a transaction. Raises Denied,
    MoveRefused when somebody has no openid, Missing when the account can send nothing of this form."""
    require_colleague(by, Right.BROADCAST_WRITE)
    openids = _openids(services, names)
    media_id = None
    if broadcast.form == "article":
        made = payloads.make_draft(services, broadcast.payload)
        if not made.ok:
            return [Shown(name, False, made.detail) for name in openids]
        media_id = str(made.data["media_id"])
    shown = []
    for name, openid in openids.items():
        answer = _send(services, openid, broadcast, media_id)
        shown.append(Shown(name, answer.ok, "" if answer.ok else answer.detail))
    with transaction(services.engine) as db:
        seen = sum(one.ok for one in shown)
        note(Actor(db, by), broadcast, "preview", broadcast.state, asked=len(shown), people=seen)
    return shown


def _openids(services: Services, names: Sequence[str]) -> dict[str, str]:
    with reading(services.engine) as db:
        found = {
            one.name: one.openid
            for one in db.scalars(select(Staff).where(Staff.name.in_(names), Staff.active))
        }
    for name in names:
        if name not in found:
            raise MoveRefused(f"没有在岗的同事「{name}」。请核对在岗同事的名单。", "staff.list")
        if not found[name]:
            raise MoveRefused(f"{name} 还没有登记微信：请先登记其 OpenID。", "staff.openid")
    return {name: str(found[name]) for name in names}


def _send(services: Services, openid: str, broadcast: Broadcast, media_id: str | None) -> Answer:
    form, payload, may = broadcast.form, broadcast.payload, services.capabilities
    if form == "template" and Capability.TEMPLATE_MESSAGE in may:
        return services.gateway.template_send(openid, _without_key(payloads.template_message(payload, "")))
    if form == "notice" and Capability.SUBSCRIBE_NOTICE in may:
        return services.gateway.subscribe_send(openid, payloads.notice_message(payload))
    mass = payloads.mass_message(form, payload, media_id)
    if mass is not None and Capability.MASS_BY_TAG in may:
        return services.gateway.mass_preview(openid, mass)
    custom = payloads.custom_message(form, payload, media_id)
    if custom is not None and Capability.CUSTOM_MESSAGE in may:
        return services.gateway.send_custom(openid, custom)
    raise Missing(_needed(form))


def _needed(form: str) -> Capability:
    return {"template": Capability.TEMPLATE_MESSAGE, "notice": Capability.SUBSCRIBE_NOTICE}.get(
        form, Capability.MASS_BY_TAG
    )


def _without_key(message: dict[str, Any]) -> dict[str, Any]:
    """A colleague may look twice within ten minutes: no client_msg_id, so that WeChat drops neither."""
    return {name: value for name, value in message.items() if name != "client_msg_id"}
