"""Articles and pictures to test with."""

from __future__ import annotations

import io
import random
from pathlib import Path
from typing import Any

from PIL import Image

from bot.core.storage import Storage
from bot.outgoing.payloads import read_article

SHA = "0123456789abcdef" * 4


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), **options: Any) -> bytes:
    """A small picture in any format."""
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **options)
    return out.getvalue()


def noise(kind: str, size: tuple[int, int], mode: str = "RGB") -> bytes:
    """A picture that hardly compresses."""
    bands = len(mode)
    raw = random.Random(7).randbytes(size[0] * size[1] * bands)
    out = io.BytesIO()
    Image.frombytes(mode, size, raw).save(out, kind)
    return out.getvalue()


def article(folder: Path, body: str, head: str = "title: 惠企政策\ncover: 封面.jpg") -> dict[str, Any]:
    """The payload of an article file in a folder with a cover and two pictures."""
    for name in ("封面.jpg", "a.jpg"):
        (folder / name).write_bytes(picture())
    (folder / "b.png").write_bytes(picture("PNG", (30, 30)))
    file = folder / "article.md"
    file.write_text(f"---\n{head}\n---\n{body}", encoding="utf-8")
    return read_article(file, Storage(folder / "files"))


def payload(**changes: Any) -> dict[str, Any]:
    """An article payload that is fine but for the changes."""
    fine = {
        "title": "惠企政策",
        "author": "",
        "digest": "",
        "source_url": "",
        "html": "<p>正文</p>",
        "cover": {"name": "封面.jpg", "sha256": SHA},
        "pictures": [],
    }
    return {**fine, **changes}
