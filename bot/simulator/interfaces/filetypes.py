"""What an uploaded file really is, and what WeChat takes (platform §6.4)."""

from __future__ import annotations

from collections.abc import Mapping

from bot.simulator.errors import CallRefused

KB, MB = 1024, 1024 * 1024
CONTENT_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "amr": "audio/amr",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "wma": "audio/x-ms-wma",
    "mp4": "video/mp4",
}
Limits = Mapping[str, tuple[int, frozenset[str]]]
TEMPORARY: Limits = {
    "image": (10 * MB, frozenset({"png", "jpg", "gif"})),
    "voice": (2 * MB, frozenset({"amr", "mp3"})),
    "video": (10 * MB, frozenset({"mp4"})),
    "thumb": (64 * KB, frozenset({"jpg"})),
}
PERMANENT: Limits = {
    "image": (10 * MB, frozenset({"bmp", "png", "jpg", "gif"})),
    "voice": (2 * MB, frozenset({"mp3", "wma", "wav", "amr"})),
    "video": (10 * MB, frozenset({"mp4"})),
    "thumb": (64 * KB, frozenset({"jpg"})),
}
IN_ARTICLE: Limits = {"image": (MB, frozenset({"png", "jpg"}))}


def sniff(data: bytes) -> str:
    """The file's kind by its first bytes, "" when it is none that WeChat knows."""
    starts = {
        b"\x89PNG\r\n\x1a\n": "png",
        b"\xff\xd8\xff": "jpg",
        b"GIF8": "gif",
        b"BM": "bmp",
        b"#!AMR": "amr",
        b"ID3": "mp3",
        b"\x30\x26\xb2\x75": "wma",
    }
    for start, kind in starts.items():
        if data.startswith(start):
            return kind
    if data[4:8] == b"ftyp":
        return "mp4"
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "wav"
    return "mp3" if len(data) > 1 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0 else ""


def check(limits: Limits, kind: str, data: bytes) -> str:
    """The content type of an acceptable file. Raises 40004, 40005, 40006 or 45001."""
    if kind not in limits:
        raise CallRefused(40004)
    largest, formats = limits[kind]
    if not data:
        raise CallRefused(40006)
    if len(data) > largest:
        raise CallRefused(45001)
    found = sniff(data)
    if found not in formats:
        raise CallRefused(40005)
    return CONTENT_TYPES[found]
