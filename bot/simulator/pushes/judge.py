"""What a webhook's answer means for the follower (platform §3, §15.3-4). Values in, a verdict out."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from bot.simulator.pushes.crypto import Crypto, CryptoError
from bot.simulator.settings import Mode

TEXT_BYTES = 2048
ARTICLES_TO_EVENTS = 8
SHOWN_EVENTS = frozenset({"subscribe", "scan", "click", "scancode_waitmsg"})


class Fate(Enum):
    """What becomes of one answer."""

    SILENCE = "silence"  # the webhook took note and says nothing
    SHOWN = "shown"
    NOTHING = "nothing"  # valid, but WeChat shows nothing of it
    FAILURE = "failure"  # the follower sees the system's failure line


@dataclass(frozen=True)
class Verdict:
    """The fate of an answer, what the follower sees of it, and why."""

    fate: Fate
    content: dict[str, Any] | None = None
    reason: str = ""


@dataclass(frozen=True)
class Asked:
    """The push that is answered: who wrote to whom, and what kind it was."""

    openid: str
    original_id: str
    message_type: str
    event: str = ""

    @property
    def is_event(self) -> bool:
        return self.message_type == "event"

    @property
    def shows_reply(self) -> bool:
        """Whether an answer, or the failure line, is put before the follower at all (platform §2.3)."""
        return not self.is_event or self.event.lower() in SHOWN_EVENTS


class _Invalid(Exception):
    """The answer is not one that WeChat can use."""


def judge(
    asked: Asked, body: bytes, mode: Mode, crypto: Crypto, has_medium: Callable[[str], bool]
) -> Verdict:
    """The verdict on one answer; `has_medium` tells whether a media_id may be sent."""
    if body.strip() in (b"", b"success"):
        return Verdict(Fate.SILENCE)
    try:
        text = _decrypted(body, mode, crypto)
        if text.strip() in ("", "success"):
            return Verdict(Fate.SILENCE)
        verdict = _judge_message(asked, _parse(text.encode()), has_medium)
    except (_Invalid, CryptoError) as problem:
        return Verdict(Fate.FAILURE, reason=str(problem))
    if verdict.fate is Fate.SHOWN and not asked.shows_reply:
        return Verdict(Fate.NOTHING, reason=f"a reply to {asked.event} is not shown")
    return verdict


def _decrypted(body: bytes, mode: Mode, crypto: Crypto) -> str:
    root = _parse(body)
    if root.find("Encrypt") is None:
        if mode == "secure":
            raise _Invalid("secure mode needs an encrypted reply")
        return body.decode()
    if mode == "plain":
        raise _Invalid("an encrypted reply in plain mode")
    encrypted, timestamp = _needed_text(root, "Encrypt"), _needed_text(root, "TimeStamp")
    crypto.verify(_needed_text(root, "MsgSignature"), timestamp, _needed_text(root, "Nonce"), encrypted)
    return crypto.decrypt(encrypted)


def _parse(body: bytes) -> ET.Element:
    if b"<!DOCTYPE" in body:
        raise _Invalid("a reply with a DOCTYPE")
    try:
        body.decode()
        root = ET.fromstring(body)  # noqa: S314  without a DOCTYPE there are no entities to expand
    except (ET.ParseError, UnicodeDecodeError) as error:
        raise _Invalid(f"not XML in UTF-8: {error}") from error
    if root.tag != "xml":
        raise _Invalid(f"the root element is {root.tag}, not xml")
    return root


def _needed_text(root: ET.Element, path: str) -> str:
    found = root.findtext(path)
    if not found:
        raise _Invalid(f"{path} is missing or empty")
    return found


def _judge_message(asked: Asked, root: ET.Element, has_medium: Callable[[str], bool]) -> Verdict:
    if (
        _needed_text(root, "ToUserName") != asked.openid
        or _needed_text(root, "FromUserName") != asked.original_id
    ):
        raise _Invalid("ToUserName and FromUserName are not swapped")
    if (
        not _needed_text(root, "CreateTime").strip().isascii()
        or not _needed_text(root, "CreateTime").strip().isdigit()
    ):
        raise _Invalid("CreateTime is not an integer")
    kind = _needed_text(root, "MsgType")
    if kind == "text":
        return _judge_text(root)
    if kind == "news":
        return _judge_news(asked, root)
    if kind in ("image", "voice", "video"):
        return _judge_medium(root, kind, has_medium)
    if kind == "music":
        return _judge_music(root, has_medium)
    if kind in ("transfer_customer_service", "transfer_biz_ai_ivr"):
        return Verdict(Fate.NOTHING, reason=f"handed over by {kind}")
    raise _Invalid(f"MsgType {kind} is not a reply")


def _judge_text(root: ET.Element) -> Verdict:
    words = _needed_text(root, "Content")
    if len(words.encode()) > TEXT_BYTES:
        raise _Invalid(f"a text of {len(words.encode())} bytes; {TEXT_BYTES} are allowed")
    return Verdict(Fate.SHOWN, {"type": "text", "text": words})


def _judge_news(asked: Asked, root: ET.Element) -> Verdict:
    items = root.findall("Articles/item")
    if _needed_text(root, "ArticleCount").strip() != str(len(items)) or not items:
        raise _Invalid("ArticleCount is not the number of articles")
    limit = ARTICLES_TO_EVENTS if asked.is_event else 1
    if len(items) > limit:
        return Verdict(Fate.NOTHING, reason=f"{len(items)} articles where {limit} are allowed")
    articles = [
        {name.lower(): one.findtext(name) or "" for name in ("Title", "Description", "PicUrl", "Url")}
        for one in items
    ]
    return Verdict(Fate.SHOWN, {"type": "news", "articles": articles})


def _judge_medium(root: ET.Element, kind: str, has_medium: Callable[[str], bool]) -> Verdict:
    media_id = _needed_text(root, f"{kind.capitalize()}/MediaId")
    if not has_medium(media_id):
        raise _Invalid("the MediaId is unknown or expired")
    shown = {"type": kind, "media_id": media_id}
    if kind == "image":
        shown["image_url"] = f"/sim/media/{media_id}"
    return Verdict(Fate.SHOWN, shown)


def _judge_music(root: ET.Element, has_medium: Callable[[str], bool]) -> Verdict:
    if not has_medium(_needed_text(root, "Music/ThumbMediaId")):
        raise _Invalid("the ThumbMediaId is unknown or expired")
    title = root.findtext("Music/Title") or ""
    return Verdict(Fate.SHOWN, {"type": "music", "title": title, "text": title})
