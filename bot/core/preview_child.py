"""A picture on standard input, its copy for showing on standard output: upright, on white, without EXIF.

Run as a file of its own by `bot/core/previews.py`, in a process with little memory and time, because a hostile
picture makes a decoder take as much of both as it gets. It imports nothing of ours. The exit code says how it went.
"""

from __future__ import annotations

import contextlib
import io
import resource
import sys

from PIL import Image, ImageFile, ImageOps

DONE, INCOMPLETE, TOO_MANY_PIXELS, UNREADABLE, TOO_HEAVY = 0, 10, 11, 12, 13
MEMORY = 900 * 1024 * 1024  # of addresses; 25 million pixels with transparency take 400 MB of them
CPU_SECONDS = 20
MOST_PIXELS = 25_000_000  # that are unpacked
WIDTH = 1600
TALLEST = 65_000  # a JPEG has fewer than 65,536 lines


def main() -> int:
    """Limit this process, then make the copy."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    if sys.platform == "linux":  # macOS refuses this limit
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    Image.MAX_IMAGE_PIXELS = None  # our own limit is lower, and a JPEG above it is read at reduced scale
    try:
        code, copy = _copy(sys.stdin.buffer.read(), sys.argv[1])
    except MemoryError:
        return TOO_HEAVY
    except Exception:  # noqa: BLE001  # a broken file makes Pillow raise almost anything
        return UNREADABLE
    sys.stdout.buffer.write(copy)
    return code


def _copy(data: bytes, kind: str) -> tuple[int, bytes]:
    """The exit code and the JPEG; a file that ends too early is shown as far as it goes."""
    try:
        return DONE, _shown(data, kind)
    except _TooManyPixels:
        return TOO_MANY_PIXELS, b""
    except OSError:
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        return INCOMPLETE, _shown(data, kind)


class _TooManyPixels(Exception):
    """More than is unpacked here."""


def _shown(data: bytes, kind: str) -> bytes:
    with Image.open(io.BytesIO(data), formats=[kind]) as picture:
        _read_reduced(picture)
        if picture.width * picture.height > MOST_PIXELS:
            raise _TooManyPixels
        upright = ImageOps.exif_transpose(_eight_bits(picture))
        flat = _on_white(_narrowed(upright))
    flat.info.clear()
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=85)
    return out.getvalue()


def _read_reduced(picture: Image.Image) -> None:
    """Let a large JPEG be unpacked at a half, a quarter or an eighth, of which phones make 48 to 108 million pixels."""
    fitting = (s for s in (2, 4, 8) if picture.width * picture.height <= MOST_PIXELS * s * s)
    scale = next(fitting, 8) if picture.width * picture.height > MOST_PIXELS else 1
    with contextlib.suppress(AttributeError):
        picture.draft(picture.mode, (picture.width // scale, picture.height // scale))


def _eight_bits(picture: Image.Image) -> Image.Image:
    """16-bit grey as 8-bit grey: a plain conversion would make everything white."""
    if picture.mode.startswith("I"):
        grey = picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
        grey.info = {"exif": picture.info["exif"]} if "exif" in picture.info else {}
        return grey
    if "transparency" in picture.info or picture.mode in ("PA", "La", "RGBa"):
        return picture.convert("RGBA")
    return picture if picture.mode in ("L", "LA", "RGB", "RGBA") else picture.convert("RGB")


def _narrowed(picture: Image.Image) -> Image.Image:
    """At most so wide, whatever its height: the letters of a long screenshot stay legible."""
    scale = min(WIDTH / picture.width, TALLEST / picture.height)
    if scale >= 1:
        return picture
    size = round(picture.width * scale), round(picture.height * scale)
    return picture.resize((max(1, size[0]), max(1, size[1])), reducing_gap=2.0)


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode not in ("LA", "RGBA"):
        return picture.convert("RGB")
    white = Image.new("RGB", picture.size, "white")
    white.paste(picture.convert("RGB"), mask=picture.getchannel("A"))
    return white


if __name__ == "__main__":
    sys.exit(main())
