"""A follower sends a picture: stored for media/get, pushed as an image message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.simulator.interfaces import filetypes, media
from bot.simulator.pushes import inbound

if TYPE_CHECKING:
    from werkzeug.datastructures import FileStorage

    from bot.simulator.world import World


def send(world: World, openid: str, upload: FileStorage) -> dict[str, Any]:
    """The answer of /sim/say. Raises ValueError when the file is no picture."""
    data = upload.read()
    kind = filetypes.sniff(data)
    content_type = filetypes.CONTENT_TYPES.get(kind, "")
    if not content_type.startswith("image/"):
        raise ValueError("这不是图片；请选择 jpg、png、gif 或 bmp 文件")
    with world.lock:
        made = media.store(world, "image", upload.filename or "", data, content_type)
    address = f"{world.base_url.rstrip('/')}{media.link(made)}"
    return inbound.write(world, openid, {"MsgType": "image", "PicUrl": address, "MediaId": made.media_id})
