"""Parametric QR codes (platform §10)."""

from __future__ import annotations

import hashlib
from io import BytesIO
from typing import Any

from flask import Response
from PIL import Image

from bot.simulator.api import Answer, Call, endpoint
from bot.simulator.errors import CallRefused
from bot.simulator.interfaces.rights import Right
from bot.simulator.state import Ticket

LONGEST = 2_592_000  # seconds, 30 days
DEFAULT_SECONDS = 60
PERMANENT = 100_000
MODULES, SCALE = 25, 8


@endpoint("qrcode/create", right=Right.VERIFIED_SERVICE)
def create(call: Call) -> Answer:
    """A ticket for a scene, for a while or for good."""
    action = call.text("action_name")
    if action not in ("QR_SCENE", "QR_STR_SCENE", "QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE"):
        raise CallRefused(40052)
    permanent, numbered = "LIMIT" in action, "STR" not in action
    scene = _scene(call.body.get("action_info"), numbered=numbered, permanent=permanent)
    seconds = None if permanent else _seconds(call)
    if permanent and sum(one.until is None for one in call.state.tickets.values()) >= PERMANENT:
        raise CallRefused(45029)
    until = None if seconds is None else call.world.now() + seconds
    url = f"http://weixin.qq.com/q/{call.world.fresh_id(22)}"
    made = Ticket(f"gQ{call.world.fresh_id(90)}==", scene, numbered, until, url)
    call.state.tickets[made.ticket] = made
    answer: dict[str, Any] = {"ticket": made.ticket, "url": made.url}
    return answer if seconds is None else {**answer, "expire_seconds": seconds}


@endpoint("showqrcode", "GET", token=False)
def show(call: Call) -> Answer:
    """The picture behind a ticket, 404 for a wrong one."""
    found = call.state.tickets.get(call.args.get("ticket", ""))
    if found is None or (found.until is not None and found.until <= call.world.now()):
        return Response("ticket not found", 404, mimetype="text/plain")
    return Response(picture(found.ticket), mimetype="image/jpg")


def picture(ticket: str) -> bytes:
    """A picture that looks like a QR code and always is the same for a ticket; no phone can read it."""
    image = Image.new("L", (MODULES, MODULES), 255)
    stream = hashlib.shake_128(ticket.encode()).digest(MODULES * MODULES)
    for place, byte in enumerate(stream):
        if byte & 1:
            image.putpixel((place % MODULES, place // MODULES), 0)
    for left, top in ((0, 0), (MODULES - 7, 0), (0, MODULES - 7)):
        for size, colour in ((7, 0), (5, 255), (3, 0)):
            edge = (7 - size) // 2
            image.paste(colour, (left + edge, top + edge, left + edge + size, top + edge + size))
    out = BytesIO()
    image.resize((MODULES * SCALE, MODULES * SCALE), Image.Resampling.NEAREST).save(out, "JPEG", quality=90)
    return out.getvalue()


def _scene(info: object, *, numbered: bool, permanent: bool) -> str:
    scene = info.get("scene") if isinstance(info, dict) else None
    value = scene.get("scene_id" if numbered else "scene_str") if isinstance(scene, dict) else None
    if numbered:
        largest = 100_000 if permanent else 2**32 - 1
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= largest:
            raise CallRefused(40053)
        return str(value)
    if not isinstance(value, str) or not 1 <= len(value) <= 64:
        raise CallRefused(40053)
    return value


def _seconds(call: Call) -> int:
    return max(1, min(call.number("expire_seconds", DEFAULT_SECONDS), LONGEST))
