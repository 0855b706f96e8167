"""Pictures: kept as sent, shown legibly without their place; a hostile file costs a small process and stops nobody else's."""

from __future__ import annotations

import errno
import io
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.core import previews
from bot.core.storage import NotAPicture, Storage
from models.appeals import Attachment, MediaState
from tests.chat.test_dialogues import picture
from tests.support.place import Place, eventually

PNG_HEAD = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"
BROKEN = PNG_HEAD + b"\x00" * 40


def encoded(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def with_gps() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned
    exif.get_ifd(0x8825)[1] = "N"
    return encoded(Image.new("RGB", (40, 20), "blue"), "JPEG", exif=exif)


def black_on_transparent(mode: str) -> bytes:
    """Black ink in the left half, nothing in the right."""
    drawing = Image.new("RGBA", (40, 20), (0, 0, 0, 0))
    drawing.paste((0, 0, 0, 255), (0, 0, 20, 20))
    if mode == "P":
        palette = Image.new("P", (40, 20), 1)
        palette.putpalette([0, 0, 0, 0, 0, 0])
        palette.paste(0, (0, 0, 20, 20))
        return encoded(palette, transparency=1)
    return encoded(drawing.convert(mode))


def sixteen_bit_grey() -> bytes:
    """A quarter, a half and three quarters of white, side by side."""
    row = b"".join(struct.pack("<H", level) * 10 for level in (0x4000, 0x8000, 0xC000))
    grey = Image.frombytes("I;16", (30, 10), row * 10)
    return encoded(grey)


def bomb(width: int, height: int) -> bytes:
    """A PNG of one colour that is small on the wire and huge when unpacked."""
    packer, rows = zlib.compressobj(9), b"\0" * ((width + 7) // 8 + 1) * 100
    packed = b"".join(packer.compress(rows) for _ in range(height // 100)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", packed), (b"IEND", b""))
    made = b"".join(
        struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + made


def shown(data: bytes, kind: str = "PNG") -> Image.Image:
    found = previews.preview(data, kind)
    assert found.jpeg is not None, found.trouble
    return Image.open(io.BytesIO(found.jpeg))


def near(picture: Image.Image, place: tuple[int, int], grey: int) -> bool:
    return abs(int(picture.convert("L").getpixel(place)) - grey) < 8  # type: ignore[arg-type]


def test_the_original_is_kept_and_the_shown_copy_has_no_place(tmp_path: Path) -> None:
    folder, sent = Storage(tmp_path), with_gps()
    kept = folder.keep_picture(sent)
    assert (kept.content_type, kept.trouble, kept.is_shown) == ("image/jpeg", "", True)
    assert folder.original(kept.path) == sent
    with Image.open(tmp_path / f"{kept.path}.shown.jpg") as copy:
        assert dict(copy.getexif()) == {}
        assert copy.size == (20, 40), "turned upright"


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_ink_on_a_transparent_ground_stands_on_white(mode: str) -> None:
    copy = shown(black_on_transparent(mode))
    assert near(copy, (5, 10), 0)
    assert near(copy, (35, 10), 255)


def test_sixteen_bit_grey_keeps_its_greys() -> None:
    copy = shown(sixteen_bit_grey())
    assert [near(copy, (x, 5), grey) for x, grey in ((5, 0x40), (15, 0x80), (25, 0xC0))] == [True] * 3


def test_a_long_screenshot_keeps_its_width() -> None:
    assert shown(encoded(Image.new("L", (1080, 14_000), "white"))).size == (1080, 14_000)
    assert shown(encoded(Image.new("L", (3200, 4000), "white"))).size == (1600, 2000)


def test_a_jpeg_two_bytes_short_is_kept_and_shown(tmp_path: Path) -> None:
    sent = encoded(Image.new("RGB", (400, 300), "red"), "JPEG")[:-2]
    kept = Storage(tmp_path).keep_picture(sent)
    assert (kept.is_shown, kept.trouble) == (True, previews.INCOMPLETE)
    assert Storage(tmp_path).original(kept.path) == sent


def test_a_picture_that_cannot_be_shown_is_kept_as_sent(tmp_path: Path) -> None:
    folder = Storage(tmp_path)
    for data, why in (
        (BROKEN, previews.BROKEN),
        (picture()[:200], previews.BROKEN),
        (bomb(8000, 8000), previews.TOO_MANY_PIXELS),
    ):
        kept = folder.keep_picture(data)
        assert (kept.trouble, kept.is_shown) == (why, False)
        assert folder.original(kept.path) == data
        assert not folder.is_shown(kept.path)


@pytest.mark.parametrize("data", [b"", b"x", b"<svg/>", PNG_HEAD, b"GIF89a\x00\x00", b"%PDF-1.7" * 9])
def test_what_is_no_picture_is_refused_in_one_way(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(NotAPicture):
        Storage(tmp_path).keep_picture(data)
    assert list(tmp_path.glob("*/*")) == []


def test_a_jpeg_of_a_modern_phone_is_read_at_reduced_scale() -> None:
    made = encoded(Image.new("L", (8000, 6000), 128), "JPEG")
    copy = shown(made, "JPEG")
    assert copy.size == (1600, 1200)
    assert near(copy, (800, 600), 128)


def test_a_decoder_that_wants_too_much_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hungry = tmp_path / "hungry.py"
    limits = (previews.PROGRAM.read_text()).replace(
        "_copy(sys.stdin.buffer.read(), sys.argv[1])", "(0, b'x' * 2**31)"
    )
    hungry.write_text(limits)
    monkeypatch.setattr(previews, "PROGRAM", hungry)
    assert previews.preview(picture(), "JPEG") == previews.Preview(None, previews.TOO_HEAVY)
    hungry.write_text(
        limits.replace("b'x' * 2**31", "[0 for _ in iter(int, 1)]").replace(
            "CPU_SECONDS = 20", "CPU_SECONDS = 1"
        )
    )
    assert previews.preview(picture(), "JPEG") == previews.Preview(None, previews.TOO_HEAVY)


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []

    def full(descriptor: int) -> None:
        written.append(descriptor)
        if len(written) == 2:  # the copy still fits
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        Storage(tmp_path).keep_picture(picture())
    assert len(written) == 2
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_what_a_crash_left_half_written_goes_with_its_name(tmp_path: Path) -> None:
    folder = Storage(tmp_path)
    kept = folder.keep_picture(picture())
    for suffix in (".part", ".shown.jpg.part"):
        (tmp_path / (kept.path + suffix)).write_bytes(b"half")
    assert set(folder.names(older_than=9e9)) == {kept.path}
    folder.forget(kept.path)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_a_bad_file_does_not_keep_the_next_picture_waiting(place: Place) -> None:
    person = place.citizen()
    for data in (BROKEN, picture("green")):
        person.sends_picture(data, "p.png")
    mine = Attachment.openid == person.openid
    eventually(lambda: place.count(Attachment, mine, Attachment.state == MediaState.STORED) == 2, 20)
    eventually(lambda: any("工作人员可能看不到" in str(one) for one in person.seen()), 20)
