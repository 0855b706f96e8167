"""A pushed message or event as the rest of the program sees it. Lenient: nothing in the fields makes it raise."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

KINDS = frozenset({"text", "image", "voice", "video", "shortvideo", "location", "link", "event"})
OPENID_LENGTH = 64  # the column's width; real ones have 28 characters
EVENT_LENGTH = 32  # the column's width; the longest known event has 31 characters
SCENE_LENGTH = 64  # platform §10
QR_PREFIX = "qrscene_"
JOB_IDS = ("MsgID", "publish_id", "TemplateId", "RevokeInfo")  # tell two results of one second apart


@dataclass(frozen=True)
class Location:
    """A place; latitude and longitude in degrees (WeChat calls them X and Y)."""

    lat: float
    lon: float
    scale: int | None = None
    label: str = ""


@dataclass(frozen=True)
class Link:
    """A shared article."""

    title: str
    description: str
    url: str


@dataclass(frozen=True)
class Incoming:
    """One message or event (platform §2). Text that is not there is "", an id that is not there None."""

    openid: str
    account_id: str
    kind: str  # one of KINDS, or "unknown"
    created_at: int = 0
    msg_id: str | None = None
    text: str = field(default="", repr=False)
    event: str | None = None  # lower-case: WeChat's own case varies
    event_key: str = ""
    ticket: str | None = None
    scene: str | None = None  # of the parametric QR code, without its prefix
    media_id: str | None = None
    pic_url: str | None = None
    recognition: str = field(default="", repr=False)
    format: str | None = None
    thumb_media_id: str | None = None
    location: Location | None = None
    link: Link | None = None
    menu_item_id: str | None = None  # of a tap on an item of a msgmenu
    msg_data_id: str | None = None
    idx: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


def from_fields(fields: Mapping[str, Any]) -> Incoming | None:
    """The message in these fields; None when nobody sent it (no usable FromUserName)."""
    openid = _trimmed(fields, "FromUserName")
    if not openid or len(openid) > OPENID_LENGTH:
        return None
    kind = _trimmed(fields, "MsgType").lower()
    event = _trimmed(fields, "Event").lower()[:EVENT_LENGTH] or None if kind == "event" else None
    event_key = _trimmed(fields, "EventKey")
    return Incoming(
        openid=openid,
        account_id=_trimmed(fields, "ToUserName"),
        kind=kind if kind in KINDS else "unknown",
        created_at=_whole_number(_trimmed(fields, "CreateTime")) or 0,
        msg_id=_id(fields, "MsgId"),
        text=_text(fields.get("Content")) if kind == "text" else "",
        event=event,
        event_key=event_key,
        ticket=_id(fields, "Ticket"),
        scene=_scene(event, event_key),
        media_id=_id(fields, "MediaId"),
        pic_url=_id(fields, "PicUrl"),
        recognition=_text(fields.get("Recognition")).strip(),
        format=_id(fields, "Format"),
        thumb_media_id=_id(fields, "ThumbMediaId"),
        location=_location(kind, event, fields),
        link=_link(fields) if kind == "link" else None,
        menu_item_id=_id(fields, "bizmsgmenuid"),
        msg_data_id=_id(fields, "MsgDataId"),
        idx=_id(fields, "Idx"),
        raw=fields,
    )


def key(incoming: Incoming) -> str:
    """64 hex characters that are the same for every delivery of one message, and for nothing else.

    Never the MsgId alone (two people may share one), and never "no MsgId" alone (events have none):
    platform §2.3, §3.
    """
    if incoming.kind == "event":
        parts = [str(incoming.created_at), incoming.event or "", incoming.event_key, *_job_ids(incoming.raw)]
    elif incoming.msg_id:
        parts = [incoming.msg_id]
    else:
        parts = [json.dumps(incoming.raw, sort_keys=True, default=str)]
    named = json.dumps([incoming.openid, incoming.kind == "event", *parts])
    return hashlib.sha256(named.encode()).hexdigest()


def listed(value: object) -> list[Mapping[str, Any]]:
    """The elements of a repeatable tag: a parser gives a dict for one and a list for several (platform §2.4)."""
    found = value if isinstance(value, list) else [value]
    return [each for each in found if isinstance(each, Mapping)]


def _job_ids(fields: Mapping[str, Any], depth: int = 4) -> Iterator[str]:
    for name, value in fields.items():
        if name in JOB_IDS:
            yield f"{name}={_text(value)}"
        elif depth:
            for inner in listed(value):
                yield from _job_ids(inner, depth - 1)


def _scene(event: str | None, event_key: str) -> str | None:
    if event == "subscribe" and event_key.startswith(QR_PREFIX):
        return event_key.removeprefix(QR_PREFIX)[:SCENE_LENGTH] or None
    return event_key[:SCENE_LENGTH] or None if event == "scan" else None


def _location(kind: str, event: str | None, fields: Mapping[str, Any]) -> Location | None:
    if kind == "location":
        return _place(fields, "Location_X", "Location_Y")
    if event == "location":
        return _place(fields, "Latitude", "Longitude")
    if event == "location_select":
        chosen = listed(fields.get("SendLocationInfo"))
        return _place(chosen[0], "Location_X", "Location_Y") if chosen else None
    return None


def _place(fields: Mapping[str, Any], lat: str, lon: str) -> Location | None:
    x, y = _degrees(_trimmed(fields, lat), 90), _degrees(_trimmed(fields, lon), 180)
    if x is None or y is None:
        return None
    return Location(x, y, _whole_number(_trimmed(fields, "Scale")), _trimmed(fields, "Label"))


def _link(fields: Mapping[str, Any]) -> Link | None:
    url = _trimmed(fields, "Url")
    return Link(_trimmed(fields, "Title"), _trimmed(fields, "Description"), url) if url else None


def _degrees(text: str, most: int) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) <= most else None


def _whole_number(text: str) -> int | None:
    """A whole number that fits every integer column, else None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _id(fields: Mapping[str, Any], name: str) -> str | None:
    word = _trimmed(fields, name)
    return word if word not in ("", "0") else None


def _trimmed(fields: Mapping[str, Any], name: str) -> str:
    return _text(fields.get(name)).strip()


def _text(value: object) -> str:
    """A field's text: "" for what is not there or has children, the first one of several."""
    if isinstance(value, list):
        return _text(value[0]) if value else ""
    if isinstance(value, int | float) and not abs(value) < 1e18:
        return ""  # no field of WeChat's; Python refuses to write out the largest ones
    return str(value) if isinstance(value, str | int | float) else ""
