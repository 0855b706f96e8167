"""Takes openids, phones, ID numbers, tokens and secrets out of any text before it is written down."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime

STARS = "***"
SHORTEST_SECRET = 6  # a shorter text would star out half of every line

OPENID = re.compile(r"(?:(?<![A-Za-z0-9])|(?<=\\[nrt]))o[A-Za-z0-9_-]{27}(?![A-Za-z0-9_-])")
PHONE = re.compile(r"(?:(?<!\d)|(?<=\+86)|(?<=\b86))1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)")
ID_NUMBER = re.compile(
    r"(?<!\d)(\d{6})(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{2}([\dXx]{2})(?!\w)"
)
LONG_TOKEN = re.compile(r"[A-Za-z0-9_-]{80,}")  # access tokens have 136 and more; digests have 64
NAMES = (
    "access_token|refresh_token|component_access_token|authorization|appsecret|secret_key|client_secret|secret"
    "|encodingaeskey|previous_aes_key|aes_key|password|passwd|ticket|token"
)
NAMED = re.compile(
    rf"""(?i)((?<![a-z])(?:{NAMES})["']?\s*(?:=|:|%3D)\s*["']?)(?:bearer\s+)?[^\s"'&,;)}}\]<>]+"""
)
BEARER = re.compile(r"(?i)(bearer\s+)[^\s\"',;]+")
URL_PASSWORD = re.compile(r"(://[^/\s:@]*:)[^/\s@]+(?=@)")

SECRET_FIELD = re.compile(rf"(?i)(?:.*_)?(?:{NAMES}|aes|cookie)")
# Fields with what people wrote: only its length is logged.
SPOKEN_FIELD = {"text", "content", "body", "message_text", "xml", "reply"}
_hidden: set[str] = set()


def hide(secrets: Iterable[str]) -> None:
    """Star these exact texts wherever they turn up, for the rest of this process."""
    _hidden.update(secret for secret in secrets if len(secret) >= SHORTEST_SECRET)


def mask_openid(openid: str) -> str:
    """Enough to tell two people apart in a log, not enough to write to one."""
    return f"{openid[:4]}{STARS}{openid[-4:]}" if len(openid) > 12 else STARS


def mask_phone(phone: str) -> str:
    """138****8000 (domain §6)."""
    digits = re.sub(r"\D", "", phone)
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 11 else "****"


def redact(text: str) -> str:
    """`text` without openids, mainland phones, ID numbers, tokens, passwords and known secrets."""
    for secret in sorted(_hidden, key=len, reverse=True):
        text = text.replace(secret, STARS)
    text = URL_PASSWORD.sub(rf"\1{STARS}", text)
    text = NAMED.sub(rf"\1{STARS}", text)
    text = BEARER.sub(rf"\1{STARS}", text)
    text = LONG_TOKEN.sub(STARS, text)
    text = OPENID.sub(lambda hit: mask_openid(hit[0]), text)
    text = ID_NUMBER.sub(r"\1********\2", text)
    return PHONE.sub(lambda hit: mask_phone(hit[0]), text)


def redact_fields(fields: Mapping[str, object]) -> dict[str, object]:
    """The fields of an event, ready for JSON: secrets starred, message texts replaced by their length."""
    return {str(name): _redact_field(str(name), value) for name, value in fields.items()}


def _redact_field(name: str, value: object) -> object:
    if value is not None and SECRET_FIELD.fullmatch(name):
        return STARS
    if name in SPOKEN_FIELD and isinstance(value, str | bytes):
        return f"<{len(value)}>"
    if name == "openid" and isinstance(value, str):
        return mask_openid(value)
    return _redact_value(value)


def _redact_value(value: object) -> object:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        text = redact(str(value))
        return value if text == str(value) else text
    if isinstance(value, Mapping):
        return redact_fields(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_redact_value(item) for item in value]
    if isinstance(value, bytes):
        return f"<{len(value)}>"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return redact(str(value))
