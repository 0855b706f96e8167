"""What a menu may look like (platform §9). Values in, an CallRefused out."""

from __future__ import annotations

from typing import Any

from bot.simulator.errors import CallRefused

Json = dict[str, Any]
KEYED = frozenset(
    {
        "click",
        "scancode_push",
        "scancode_waitmsg",
        "pic_sysphoto",
        "pic_photo_or_album",
        "pic_weixin",
        "location_select",
    }
)
LINKED = frozenset({"view", "miniprogram"})
NEEDS = {
    "media_id": "media_id",
    "view_limited": "media_id",
    "article_id": "article_id",
    "article_view_limited": "article_id",
}
TYPES = KEYED | LINKED | NEEDS.keys()


def check(menu: Json) -> list[Json]:
    """The buttons of an acceptable menu. Raises 40016 … 40027, 40054, 40055 or 65320."""
    buttons = menu.get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        raise CallRefused(40016)
    for button in buttons:
        _first_level(button)
    return buttons


def check_rule(rule: object) -> Json:
    """The matchrule of a conditional menu. Raises 65304 or 65320."""
    if not isinstance(rule, dict):
        raise CallRefused(65304)
    if any(rule.get(gone) for gone in ("sex", "country", "province", "city", "language")):
        raise CallRefused(65320)
    kept = {key: str(rule[key]) for key in ("tag_id", "client_platform_type") if rule.get(key)}
    if not kept:
        raise CallRefused(65304)
    return kept


def _first_level(button: Any) -> None:
    if not isinstance(button, dict):
        raise CallRefused(47001)
    _name(button, 16, 40018)
    under = button.get("sub_button")
    if not under:
        _target(button, sub=False)
        return
    if not isinstance(under, list) or len(under) > 5:
        raise CallRefused(40023)
    for one in under:
        if not isinstance(one, dict) or one.get("sub_button"):
            raise CallRefused(40022)
        _name(one, 60, 40025)
        _target(one, sub=True)


def _name(button: Json, limit: int, errcode: int) -> None:
    if not 1 <= len(str(button.get("name", "")).encode()) <= limit:
        raise CallRefused(errcode)


def _target(button: Json, *, sub: bool) -> None:
    kind = button.get("type")
    if kind not in TYPES:
        raise CallRefused(40024 if sub else 40017)
    if kind in KEYED and not 1 <= len(str(button.get("key", "")).encode()) <= 128:
        raise CallRefused(40026 if sub else 40019)
    if kind in LINKED:
        _address(str(button.get("url", "")), sub=sub)
    if kind == "miniprogram" and not (button.get("appid") and button.get("pagepath")):
        raise CallRefused(40035)
    if kind in NEEDS and not button.get(NEEDS[kind]):
        raise CallRefused(40007)


def _address(url: str, *, sub: bool) -> None:
    if not 1 <= len(url.encode()) <= 1024:
        raise CallRefused(40027 if sub else 40020)
    if not url.startswith(("http://", "https://")):
        raise CallRefused(40054 if sub else 40055)
