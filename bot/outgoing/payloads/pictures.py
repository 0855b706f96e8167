"""Pictures of articles: made fit for WeChat, and stored as files that are named after their content.

They lie a level deeper than the pictures of citizens, `articles/ab/<sha256>`, which the nightly clearing of
drafts therefore does not see. A file is as it will be uploaded: upright, without EXIF and so without the place.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
from collections.abc import Iterable
from pathlib import Path

from PIL import Image, ImageOps

from bot.core.refusals import Refusal
from bot.core.storage import PICTURES, Storage

INLINE_BYTES = 1024 * 1024  # fewer than these; jpg or png (platform §6.4)
COVER_BYTES = 64 * 1024  # at most; jpg, for a permanent thumb (platform §6.4)
FILE_BYTES = 30 * 1024 * 1024  # what a camera writes
INLINE_WIDTHS, COVER_WIDTHS = (1440, 1080, 720, 480), (900, 720, 540, 360, 240)
TALLEST = 20_000
MOST_PIXELS = 60_000_000  # a picture bomb is refused before it is unpacked
FORMATS = {*PICTURES, "MPO"}  # a jpg with a second view in it, as some phones write
QUALITIES = (88, 78, 68, 55)
_DIGEST = re.compile(r"[0-9a-f]{64}")


class PictureUnfit(Refusal):
    """A picture that cannot be used; the Chinese text says what to do."""


def is_digest(value: object) -> bool:
    """Whether this may be the name of a kept picture."""
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def store(storage: Storage, data: bytes) -> str:
    """Store bytes once, through to the disk; their SHA-256."""
    digest = hashlib.sha256(data).hexdigest()
    target = _path_of(storage, digest)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = target.with_name(f"{digest}.{secrets.token_hex(4)}.part")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    return digest


def stored(storage: Storage, digest: str) -> bytes:
    """The bytes behind a SHA-256. Raises PictureUnfit when they are gone or have changed."""
    try:
        data = _path_of(storage, digest).read_bytes() if is_digest(digest) else b""
    except OSError:
        data = b""
    if hashlib.sha256(data).hexdigest() != digest:
        raise PictureUnfit("图片文件已丢失或损坏；请用原来的 Markdown 文件重新起草。")
    return data


def content_type(data: bytes) -> tuple[str, str]:
    """The file suffix and type of a kept picture, which is a jpg or a png."""
    return ("png", "image/png") if data.startswith(b"\x89PNG") else ("jpg", "image/jpeg")


def inline(data: bytes) -> bytes:
    """A picture for inside an article: jpg or png under 1 MB. Raises PictureUnfit."""
    picture = _open_picture(data)
    if picture.format in ("JPEG", "PNG") and _is_fit(picture, data):
        return data
    upright = _turned_upright(picture)
    if picture.format == "PNG" or upright.mode in ("P", "RGBA", "LA"):
        small = _scaled_down(upright, INLINE_WIDTHS[0], TALLEST)
        if len(png := _encoded(small, "PNG", optimize=True)) < INLINE_BYTES:
            return png
    return _as_jpeg(upright, INLINE_WIDTHS, TALLEST, INLINE_BYTES - 1, "1 MB")


def cover(data: bytes) -> bytes:
    """A picture as an article's cover: a jpg of at most 64 KB. Raises PictureUnfit."""
    return _as_jpeg(_turned_upright(_open_picture(data)), COVER_WIDTHS, COVER_WIDTHS[0], COVER_BYTES, "64 KB")


def _path_of(storage: Storage, digest: str) -> Path:
    return storage.root / "articles" / digest[:2] / digest


def _open_picture(data: bytes) -> Image.Image:
    if len(data) > FILE_BYTES:
        raise PictureUnfit("图片文件超过 30 MB；请压缩后再用。")
    try:
        picture = Image.open(io.BytesIO(data), formats=tuple(PICTURES))
        if picture.format not in FORMATS or picture.width * picture.height > MOST_PIXELS:
            raise PictureUnfit("图片格式或尺寸不能用；请转成 jpg 或 png，长宽乘积不超过 6000 万像素。")
        if getattr(picture, "n_frames", 1) > 1 and picture.format != "MPO":
            raise PictureUnfit("动图放不进图文；请换成一张静态的 jpg 或 png。")
        picture.load()
    except PictureUnfit:
        raise
    except Exception as error:  # a hostile file makes Pillow raise almost anything
        raise PictureUnfit("不是能打开的图片；请用看图软件另存为 jpg 或 png。") from error
    return picture


def _is_fit(picture: Image.Image, data: bytes) -> bool:
    """Whether the file can be uploaded as it is: small enough, in the web's colours, and silent about its origin."""
    plain = set(picture.info) <= {
        "jfif",
        "jfif_version",
        "jfif_unit",
        "jfif_density",
        "dpi",
        "transparency",
        "gamma",
    }
    return plain and len(data) < INLINE_BYTES and picture.width <= INLINE_WIDTHS[0] and picture.mode != "CMYK"


def _turned_upright(picture: Image.Image) -> Image.Image:
    try:
        turned = ImageOps.exif_transpose(picture)
        if "transparency" in turned.info:
            return turned.convert("RGBA")
        return turned if turned.mode in ("RGB", "L", "P", "RGBA", "LA") else turned.convert("RGB")
    except Exception as error:  # as above
        raise PictureUnfit("不是能打开的图片；请用看图软件另存为 jpg 或 png。") from error


def _as_jpeg(picture: Image.Image, widths: Iterable[int], tallest: int, most: int, limit_words: str) -> bytes:
    """The largest and best that fits, on white where the picture is transparent."""
    flat = _on_white(picture)
    for width in widths:
        small = _scaled_down(flat, width, tallest)
        for quality in QUALITIES:
            if len(data := _encoded(small, "JPEG", quality=quality)) <= most:
                return data
    raise PictureUnfit(f"图片压缩后仍超过 {limit_words}；请裁小或换一张。")


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode in ("RGB", "L"):
        return picture.convert("RGB")
    clear = picture.convert("RGBA")
    white = Image.new("RGBA", clear.size, "white")
    return Image.alpha_composite(white, clear).convert("RGB")


def _scaled_down(picture: Image.Image, width: int, height: int) -> Image.Image:
    small = picture.copy()
    small.thumbnail((width, height))
    return small


def _encoded(picture: Image.Image, kind: str, **options: int) -> bytes:
    picture.info.clear()
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()
