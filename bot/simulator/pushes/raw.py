"""Any bytes to the webhook, signed or not: what a stranger or a broken proxy might send."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from bot.simulator.pushes import caller, envelope

if TYPE_CHECKING:
    from bot.simulator.world import World


def send(world: World, given: dict[str, Any]) -> dict[str, Any]:
    """Post `body` once and tell the webhook's status and body.

    `sign` (default true) adds signature, timestamp, nonce and openid; `encrypt` wraps the body as in secure mode,
    with `appid` behind the message instead of ours when given; `query` overrides single parameters.
    """
    crypto, text = world.crypto, str(given.get("body", ""))
    query: dict[str, str] = {}
    if given.get("sign", True):
        query = envelope.signed_query(crypto, int(world.now()), str(given.get("openid", "")))
    if given.get("encrypt"):
        sealed = crypto.encrypt(text, appid=given.get("appid"))
        if query:
            query |= envelope.encrypted_query(crypto, query, sealed)
        text = envelope.xml({"ToUserName": world.settings.original_id, "Encrypt": sealed})
    query |= {str(key): str(value) for key, value in (given.get("query") or {}).items()}
    address = envelope.Sealed(query, b"").address(world.settings.webhook)
    began = time.monotonic()
    answer = caller.exchange(address, text.encode(), world.settings.delivery_timeout)
    return {
        "status": answer.status,
        "body": answer.body.decode(errors="replace"),
        "problem": answer.problem,
        "ms": round((time.monotonic() - began) * 1000),
    }
