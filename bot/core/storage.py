"""Files of citizens on disk: the original kept as sent, and a copy without location data for showing."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.core.previews import preview

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
SHOWN, DRAFT = ".shown.jpg", ".part"


class NotAPicture(ValueError):
    """The bytes do not begin like a picture of a kind that we know."""


@dataclass(frozen=True)
class KeptPicture:
    """A picture on disk: its path below the root, its content type, what is wrong with its copy ("" for nothing), and
    whether there is one."""

    path: str
    content_type: str
    trouble: str
    is_shown: bool


@dataclass(frozen=True)
class Storage:
    """A folder of files with unguessable names; nothing in it is named after a person."""

    root: Path

    def keep_picture(self, data: bytes) -> KeptPicture:
        """Store a picture as it was sent, whether or not it can be shown. Raises NotAPicture.

        Beside `<name>` lies `<name>.shown.jpg`, if it could be made: upright, without EXIF and so without the place.
        """
        kind = kind_of(data)
        copy = preview(data, kind)
        name = f"{secrets.token_hex(2)}/{secrets.token_hex(16)}"
        target = self.root / name
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            if copy.jpeg is not None:
                write_through(target.with_name(target.name + SHOWN), [copy.jpeg])
            write_through(target, [data])
        except BaseException:
            self.forget(name)
            raise
        return KeptPicture(name, PICTURES[kind], copy.trouble, copy.jpeg is not None)

    def original(self, name: str) -> bytes:
        """The bytes as the person sent them."""
        return (self.root / name).read_bytes()

    def shown(self, name: str) -> bytes:
        """The copy for showing: upright, without EXIF. Raises FileNotFoundError when it could not be made."""
        target = self.root / name
        return target.with_name(target.name + SHOWN).read_bytes()

    def is_shown(self, name: str) -> bool:
        """Whether there is a copy for showing."""
        target = self.root / name
        return target.with_name(target.name + SHOWN).is_file()

    def names(self, older_than: float) -> Iterator[str]:
        """Files that were written before a moment (epoch seconds), by the name of the original."""
        for path in self.root.glob("*/*"):
            if path.is_file() and path.stat().st_mtime < older_than:
                yield f"{path.parent.name}/{path.name.partition('.')[0]}"

    def forget(self, name: str) -> None:
        """Remove a file, its copy and what a crash left of them; all may be gone already."""
        target = self.root / name
        for suffix in ("", SHOWN):
            for end in ("", DRAFT):
                target.with_name(target.name + suffix + end).unlink(missing_ok=True)


def kind_of(data: bytes) -> str:
    """The kind of a picture by its first bytes. Raises NotAPicture."""
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    for start, kind in _STARTS.items():
        if data.startswith(start) and len(data) > _SHORTEST:
            return kind
    raise NotAPicture("不是图片，或是不认识的格式")


_STARTS = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"BM": "BMP",
}
_SHORTEST = 20  # bytes; fewer hold no picture of any kind


def write_through(path: Path, parts: Iterable[bytes]) -> None:
    """Write a file through to the disk before it gets its name, and so before the row that names it is committed; a full
    disk keeps no part of it."""
    draft = path.with_name(path.name + DRAFT)
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
