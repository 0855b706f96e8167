"""Temporary media, pictures for articles, and the files behind them (platform §6.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response

from bot.simulator.api import Answer, Call, endpoint
from bot.simulator.errors import CallRefused
from bot.simulator.interfaces import filetypes
from bot.simulator.state import Medium

if TYPE_CHECKING:
    from bot.simulator.world import World

TEMPORARY_LIFE = 3 * 24 * 3600  # seconds of a temporary medium
SUFFIXES = {content_type: name for name, content_type in filetypes.CONTENT_TYPES.items()}


def store(
    world: World, kind: str, name: str, data: bytes, content_type: str, *, permanent: bool = False
) -> Medium:
    """Keep a file under a fresh media_id; expired ones make room first."""
    stale = [key for key, one in world.state.media.items() if _is_expired(world, one)]
    for key in stale:
        del world.state.media[key]
    made = Medium(world.fresh_id(64), kind, name, content_type, data, world.now(), permanent)
    world.state.media[made.media_id] = made
    return made


def usable(world: World, media_id: str, *kinds: str) -> Medium:
    """The medium with this id, if it is of one of these kinds and not expired. Raises 40007."""
    found = world.state.media.get(media_id)
    if found is None or found.kind not in kinds or _is_expired(world, found):
        raise CallRefused(40007)
    return found


def link(medium: Medium) -> str:
    """Where a browser sees the file."""
    return f"/sim/media/{medium.media_id}"


def as_response(medium: Medium) -> Response:
    """The file itself, named as a download."""
    response = Response(medium.data, content_type=medium.content_type)
    suffix = SUFFIXES.get(medium.content_type, "bin")
    response.headers["Content-disposition"] = f'attachment; filename="{medium.media_id[:32]}.{suffix}"'
    return response


@endpoint("media/upload", has_json=False)
def upload(call: Call) -> Answer:
    """A temporary media_id for three days."""
    kind = call.args.get("type", "")
    file = call.file()
    data = file.read()
    content_type = filetypes.check(filetypes.TEMPORARY, kind, data)
    made = store(call.world, kind, file.filename or "", data, content_type)
    return {"type": kind, "media_id": made.media_id, "created_at": int(made.created)}


@endpoint("media/get", "GET")
def download(call: Call) -> Answer:
    """The file, or where a video is. Also what a follower sent."""
    media_id = call.args.get("media_id", "")
    if not media_id:
        raise CallRefused(41006)
    found = usable(call.world, media_id, "image", "voice", "video", "thumb")
    if found.kind == "video":
        return {"video_url": call.world.base_url.rstrip("/") + link(found)}
    return as_response(found)


@endpoint("media/uploadimg", has_json=False)
def upload_article_picture(call: Call) -> Answer:
    """The address of a picture inside an article; it is in no library and does not expire."""
    file = call.file()
    data = file.read()
    content_type = filetypes.check(filetypes.IN_ARTICLE, "image", data)
    made = store(call.world, "article", file.filename or "", data, content_type, permanent=True)
    return {"url": f"{call.world.base_url}mmbiz/{made.media_id}"}


def _is_expired(world: World, medium: Medium) -> bool:
    return not medium.permanent and world.now() - medium.created >= TEMPORARY_LIFE
