"""Browsers that a colleague has signed in with before, known by a signed cookie; and what a browser calls itself."""

from __future__ import annotations

import ipaddress
import re
import secrets

from flask import Response, g, make_response, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from bot.console.family import Page
from bot.staff.tries import Try
from models.staff import Staff

YEAR = 366 * 24 * 3600
MOST_PEOPLE = 12  # who share a computer
BROWSERS = (
    ("MicroMessenger", "微信"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "安卓"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def said_of(agent: str) -> str:
    """Chrome，Windows"""
    found = [next((word for sign, word in table if sign in agent), "") for table in (BROWSERS, SYSTEMS)]
    return "，".join(filter(None, found)) or "其他浏览器"


def try_by(name: str, person: Staff | None) -> Try:
    """A try at signing in from this browser: counted for the device when this colleague has used it, else for the
    address."""
    device, people = _known()
    if person is not None and device and person.id in people:
        return Try(name, f"device:{device}", known=True)
    return Try(name, f"address:{network(request.remote_addr or '')}")


def network(address: str) -> str:
    """What one visitor has: an address, of IPv6 the whole /64."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return re.sub(r"[^\x21-\x7e]", "", address)[:45]
    if known.version == 4:
        return str(known)
    return str(ipaddress.ip_network((known, 64), strict=False))


def remembered(page: Page, person: Staff) -> Response:
    """The answer, with this browser known as one of the colleague's."""
    device, people = _known()
    kept = [*(one for one in people if one != person.id), person.id][-MOST_PEOPLE:]
    answer = make_response(page)
    answer.set_cookie(
        _name(), _signer().dumps([device or secrets.token_hex(16), kept]), max_age=YEAR, path="/", httponly=True,
        secure=_is_https(), samesite="Lax",
    )  # fmt: skip
    return answer


def _known() -> tuple[str, list[int]]:
    """The device's own number and who has signed in with it; nothing when the cookie is not ours."""
    try:
        device, people = _signer().loads(request.cookies.get(_name(), ""), max_age=YEAR)
    except BadSignature:
        return "", []
    return str(device), [int(one) for one in people]


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(g.services.key_for("device"))


def _is_https() -> bool:
    return bool(g.services.config.server.public_url.startswith("https:"))


def _name() -> str:
    return "__Host-tongxin-device" if _is_https() else "tongxin-device"
