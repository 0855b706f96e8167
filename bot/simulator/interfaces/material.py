"""The permanent library (platform §6.4)."""

from __future__ import annotations

import json
from typing import Any

from bot.simulator.api import Answer, Call, endpoint
from bot.simulator.errors import CallRefused
from bot.simulator.interfaces import filetypes, media
from bot.simulator.state import Medium

KINDS = ("voice", "video", "image")


@endpoint("material/add_material", has_json=False)
def add(call: Call) -> Answer:
    """A permanent media_id; for a picture also its address. A video brings title and introduction."""
    kind = call.args.get("type", "")
    file = call.file()
    data = file.read()
    content_type = filetypes.check(filetypes.PERMANENT, kind, data)
    description = _description(call) if kind == "video" else {}
    made = media.store(call.world, kind, file.filename or "", data, content_type, permanent=True)
    made.title, made.introduction = description.get("title", ""), description.get("introduction", "")
    if kind in ("image", "thumb"):
        return {"media_id": made.media_id, "url": _address(call, made)}
    return {"media_id": made.media_id}


@endpoint("material/get_material")
def get(call: Call) -> Answer:
    """The file; for a video its description and address, for a draft its articles."""
    media_id = call.text("media_id")
    if draft := call.state.drafts.get(media_id):
        return {"news_item": draft.articles}
    found = _permanent(call, media_id)
    if found.kind == "video":
        return {"title": found.title, "description": found.introduction, "down_url": _address(call, found)}
    return media.as_response(found)


@endpoint("material/batchget_material")
def batch_get(call: Call) -> Answer:
    """A page of the library, newest first."""
    kind = call.text("type")
    offset, count = call.number("offset", 0), call.number("count", 20)
    if kind not in (*KINDS, "news"):
        raise CallRefused(40004)
    if not 1 <= count <= 20 or offset < 0:
        raise CallRefused(40035)
    listed = _listed(call, kind)
    page = listed[offset : offset + count]
    return {"total_count": len(listed), "item_count": len(page), "item": page}


@endpoint("material/get_materialcount", "GET")
def count(call: Call) -> Answer:
    """How many of each kind the library holds."""
    return {f"{kind}_count": len(_listed(call, kind)) for kind in (*KINDS, "news")}


@endpoint("material/del_material")
def delete(call: Call) -> Answer:
    """Remove a permanent medium."""
    del call.state.media[_permanent(call, call.text("media_id")).media_id]
    return {}


def _permanent(call: Call, media_id: str) -> Medium:
    found = media.usable(call.world, media_id, "image", "voice", "video", "thumb")
    if not found.permanent:
        raise CallRefused(40007)
    return found


def _listed(call: Call, kind: str) -> list[dict[str, Any]]:
    if kind == "news":
        return [
            {"media_id": one.media_id, "content": {"news_item": one.articles}, "update_time": one.updated}
            for one in reversed(call.state.drafts.values())
        ]
    kept = [one for one in call.state.media.values() if one.permanent and one.kind == kind]
    return [
        {
            "media_id": one.media_id,
            "name": one.name,
            "update_time": int(one.created),
            "url": _address(call, one),
        }
        for one in reversed(kept)
    ]


def _address(call: Call, medium: Medium) -> str:
    return f"{call.world.base_url}mmbiz/{medium.media_id}"


def _description(call: Call) -> dict[str, Any]:
    try:
        described = json.loads(call.request.form.get("description", ""))
    except ValueError as error:
        raise CallRefused(47001) from error
    if not isinstance(described, dict) or not described.get("title"):
        raise CallRefused(47001)
    return described
