"""Pictures made fit for the platform (platform §6.4)."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image

from bot.outgoing.payloads.pictures import COVER_BYTES, INLINE_BYTES, PictureUnfit, cover, inline
from tests.outgoing.payloads.kit import noise, picture


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_what_fits_is_not_touched() -> None:
    for kind in ("JPEG", "PNG"):
        assert inline(picture(kind)) == picture(kind)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "BMP", "JPEG", "PNG"])
def test_every_kind_of_picture_becomes_jpg_or_png(kind: str) -> None:
    assert opened(inline(picture(kind))).format in ("JPEG", "PNG")
    assert opened(cover(picture(kind))).format == "JPEG"


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "RGB"), ("PNG", "RGBA"), ("BMP", "RGB"), ("PNG", "L")])
def test_large_ones_are_made_small(kind: str, mode: str) -> None:
    large = noise(kind, (1100, 1000), mode)
    assert len(large) > INLINE_BYTES
    assert len(inline(large)) < INLINE_BYTES
    assert len(cover(large)) <= COVER_BYTES


def test_a_long_screenshot_stays_legible() -> None:
    small = opened(inline(picture("PNG", (1600, 4000))))
    assert small.width == 1440


def test_where_it_was_taken_is_not_told_and_it_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif.get_ifd(0x8825)[2] = (22.0, 55.0, 0.0)
    told = inline(picture("JPEG", (60, 40), exif=exif))
    assert opened(told).size == (40, 60)
    assert not opened(told).getexif()
    assert not opened(cover(picture("JPEG", (60, 40), exif=exif))).getexif()


def test_transparent_parts_become_white_on_a_cover() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(out, "PNG")
    assert opened(cover(out.getvalue())).getpixel((20, 20)) == (255, 255, 255)


def moving() -> bytes:
    out = io.BytesIO()
    frames = [Image.new("RGB", (20, 20), shade) for shade in ("red", "blue")]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    return out.getvalue()


UNFIT: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "no picture": lambda: b"no picture",
    "cut off": lambda: picture()[:200],
    "too large": lambda: picture("PNG", (8000, 7600)),
    "moving": moving,
    "TIFF": lambda: picture("TIFF"),
}


@pytest.mark.parametrize("kind", UNFIT)
def test_what_cannot_be_used_is_said(kind: str) -> None:
    data = UNFIT[kind]()
    for fit in (inline, cover):
        with pytest.raises(PictureUnfit, match=r"。$"):
            fit(data)
