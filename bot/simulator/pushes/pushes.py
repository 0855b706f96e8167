"""The fields of a push, in WeChat's order, with sensible ones filled in (platform §2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot.simulator.interfaces import media
from bot.simulator.state import Follower

if TYPE_CHECKING:
    from bot.simulator.world import World

Json = dict[str, Any]
FIRST_MSG_ID = 25_190_000_000_000_000
BEHIND_MSG_ID = ("MsgDataId", "Idx", "bizmsgmenuid", "MediaId16K", "Recognition")
SILENT_AMR = b"#!AMR\n" + bytes([0x3C]) * 320
SAMPLES: dict[str, Json] = {
    "location": {
        "Location_X": 39.906217,
        "Location_Y": 116.223006,
        "Scale": 15,
        "Label": "北京市石景山区石景山路18号",
    },
    "link": {"Title": "网页标题", "Description": "网页摘要", "Url": "https://example.gov.cn/a"},
    "text": {"Content": ""},
}


def message(world: World, person: Follower, given: Mapping[str, Any]) -> Json:
    """An ordinary message. `given` fields win; unknown ones are passed on. Call it under the world's lock."""
    fields = {key: value for key, value in given.items() if key != "openid"}
    kind = str(fields.pop("MsgType", "text"))
    own = {**_sample(world, kind, fields), **fields}
    ahead = {key: value for key, value in own.items() if key not in BEHIND_MSG_ID}
    behind = {key: _number(own[key]) for key in BEHIND_MSG_ID if key in own}
    msg_id = ahead.pop("MsgId", None) or FIRST_MSG_ID + world.number()
    return {**_head(world, person, kind, ahead), **ahead, "MsgId": _number(msg_id), **behind}


def event(world: World, openid: str, given: Mapping[str, Any]) -> Json:
    """An event. `given` fields win; unknown ones are passed on. Events have no MsgId."""
    fields = {key: value for key, value in given.items() if key not in ("openid", "MsgType")}
    head = _head(world, openid, "event", fields)
    name = str(fields.pop("Event", ""))
    if name.lower() in ("subscribe", "unsubscribe"):
        fields.setdefault("EventKey", "")
    return {**head, "Event": name, **fields}


def _head(world: World, who: Follower | str, kind: str, fields: Json) -> Json:
    openid = who if isinstance(who, str) else who.openid
    return {
        "ToUserName": fields.pop("ToUserName", world.settings.original_id),
        "FromUserName": fields.pop("FromUserName", openid),
        "CreateTime": _number(fields.pop("CreateTime", int(world.now()))),
        "MsgType": kind,
    }


def _sample(world: World, kind: str, given: Mapping[str, Any]) -> Json:
    if kind == "voice" and "MediaId" not in given:
        made = media.store(world, "voice", "voice.amr", SILENT_AMR, "audio/amr")
        return {"MediaId": made.media_id, "Format": "amr", "MediaId16K": made.media_id}
    if kind in ("video", "shortvideo") and "MediaId" not in given:
        made = media.store(world, "video", "video.mp4", b"\0\0\0\x18ftypmp42" + bytes(64), "video/mp4")
        return {"MediaId": made.media_id, "ThumbMediaId": made.media_id}
    return SAMPLES.get(kind, {})


def _number(value: Any) -> Any:
    """Bare digits where WeChat writes them; hostile values are passed on as they are."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() else value
