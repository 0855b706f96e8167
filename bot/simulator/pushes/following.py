"""What events mean for WeChat's own books: following, scanning, tapping (platform §2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot.simulator.control.people import set_subscribed
from bot.simulator.state import Follower

if TYPE_CHECKING:
    from bot.simulator.world import World

Json = dict[str, Any]
QR_PREFIX = "qrscene_"
MENU_EVENTS = frozenset(
    {
        "click",
        "view",
        "view_miniprogram",
        "scancode_push",
        "scancode_waitmsg",
        "pic_sysphoto",
        "pic_photo_or_album",
        "pic_weixin",
        "location_select",
    }
)


def completed(world: World, given: Mapping[str, Any]) -> Json:
    """The event with the ticket of its QR code and, for taps on links, the MenuId."""
    fields = dict(given)
    name, key = str(fields.get("Event", "")).lower(), str(fields.get("EventKey", ""))
    if "Ticket" not in fields and (name == "scan" or key.startswith(QR_PREFIX)):
        scene = key.removeprefix(QR_PREFIX)
        found = [one for one in world.state.tickets.values() if one.scene == scene]
        if found:
            fields["Ticket"] = found[-1].ticket
    if name in ("view", "view_miniprogram") and world.state.menus.default_id:
        fields.setdefault("MenuId", world.state.menus.default_id)
    return fields


def apply(world: World, person: Follower, fields: Json) -> None:
    """Write down whether the person follows now, since when, and what brought them."""
    name = str(fields["Event"]).lower()
    if name == "subscribe":
        key = str(fields.get("EventKey", ""))
        person.ever_subscribed = True
        set_subscribed(world, person, True)
        person.subscribed_at = int(world.now())
        scene = key.removeprefix(QR_PREFIX) if key.startswith(QR_PREFIX) else ""
        person.subscribe_scene = "ADD_SCENE_QR_CODE" if scene else "ADD_SCENE_SEARCH"
        person.qr_scene_str = "" if scene.isdigit() else scene
        person.qr_scene = int(scene) if scene.isdigit() else 0
    elif name == "unsubscribe":
        set_subscribed(world, person, False)
        person.windows.clear()
        person.consents.clear()


def channel(event: str) -> str:
    """The outbox channel of a follower's own event."""
    return "menu" if event.lower() in MENU_EVENTS else "event"


def described(world: World, fields: Json) -> Json | None:
    """The grey line that says what the follower did, None for events that nobody causes by hand."""
    name, key = str(fields["Event"]), str(fields.get("EventKey", ""))
    words = {
        "subscribe": "关注了公众号",
        "unsubscribe": "取消了关注",
        "scan": f"扫描了二维码「{key}」",
        "click": f"点击菜单「{_button(world, key) or key}」",
        "view": f"打开网页 {key}",
        "view_miniprogram": "打开小程序",
        "location": None,
    }.get(name.lower(), f"事件 {name}")
    if words is None:
        return None
    return {"type": "event", "event": name, "event_key": key, "text": words}


def _button(world: World, key: str) -> str:
    menus = [world.state.menus.default or {}, *world.state.menus.conditional]
    for menu in menus:
        for button in menu.get("button", []):
            for one in (button, *button.get("sub_button", [])):
                if one.get("key") == key:
                    return str(one.get("name", ""))
    return ""
