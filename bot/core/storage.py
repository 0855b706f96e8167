"""Files of citizens on disk: the original kept as sent, and a copy without location data for showing."""

from __future__ import annotations

import io
import os
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

PICTURES = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "GIF": "image/gif",
    "WEBP": "image/webp",
    "BMP": "image/bmp",
}
ERASURES = (
    "erasures.list"  # beside the pictures: whom to forget again after a restore (bot/followers/erasures.py)
)
MOST_PIXELS = 60_000_000  # a picture bomb is refused before it is unpacked


class NotAPicture(ValueError):
    """The bytes are no picture that we can show."""


@dataclass(frozen=True)
class Storage:
    """A folder of files with unguessable names; nothing in it is named after a person."""

    root: Path

    def keep_picture(self, data: bytes) -> tuple[str, str]:
        """Store a picture; its path below the root and its content type. Raises NotAPicture.

        Beside `<name>` lies `<name>.shown.jpg`: turned upright, without EXIF and so without the place.
        """
        kind = _kind(data)
        name = f"{secrets.token_hex(2)}/{secrets.token_hex(16)}"
        target = self.root / name
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shown = _without_metadata(data)
        write_through(target.with_name(target.name + ".shown.jpg"), [shown])
        write_through(target, [data])
        return name, PICTURES[kind]

    def original(self, name: str) -> bytes:
        """The bytes as the person sent them."""
        return (self.root / name).read_bytes()

    def shown(self, name: str) -> bytes:
        """The copy for showing: upright, without EXIF."""
        target = self.root / name
        return target.with_name(target.name + ".shown.jpg").read_bytes()

    def names(self, older_than: float) -> Iterator[str]:
        """Files that were written before a moment (epoch seconds), by the name of the original."""
        for path in self.root.glob("*/*"):
            if path.is_file() and path.stat().st_mtime < older_than:
                yield f"{path.parent.name}/{path.name.partition('.')[0]}"

    def forget(self, name: str) -> None:
        """Remove a file and its shown copy; both may be gone already."""
        target = self.root / name
        target.unlink(missing_ok=True)
        target.with_name(target.name + ".shown.jpg").unlink(missing_ok=True)


def _kind(data: bytes) -> str:
    try:
        with Image.open(io.BytesIO(data)) as picture:
            if picture.format not in PICTURES or picture.width * picture.height > MOST_PIXELS:
                raise NotAPicture(f"{picture.format} {picture.size}")
            return picture.format
    except NotAPicture:
        raise
    except Exception as error:  # a hostile file makes Pillow raise almost anything
        raise NotAPicture(type(error).__name__) from error


def _without_metadata(data: bytes) -> bytes:
    try:
        with Image.open(io.BytesIO(data)) as picture:
            upright = ImageOps.exif_transpose(picture).convert("RGB")
            upright.info.clear()
            upright.thumbnail((2000, 2000))
            out = io.BytesIO()
            upright.save(out, "JPEG", quality=85)
            return out.getvalue()
    except Exception as error:  # a hostile file makes Pillow raise almost anything
        raise NotAPicture(type(error).__name__) from error


def write_through(path: Path, parts: Iterable[bytes]) -> None:
    """Write a file through to the disk before it gets its name, and so before the row that names it is committed."""
    draft = path.with_name(path.name + ".part")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.writelines(parts)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
