"""Telephone numbers as people write them: only whole ones are read. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

MOST = 32  # characters of a case's phone
JOINED = "、"
_GAP = r"[\s()\-‐‑‒–—―_.·/]{0,3}"  # between the digits of one number
_MOBILE = rf"1[3-9](?:{_GAP}\d){{9}}"
_FIXED = (
    rf"[48]{_GAP}0{_GAP}0(?:{_GAP}\d){{7}}"
    rf"|0{_GAP}(?:1{_GAP}0|2{_GAP}\d)(?:{_GAP}\d){{8}}"
    rf"|0{_GAP}[3-9](?:{_GAP}\d){{9,10}}"
)
_EXTENSION = r"[\s,(\-]{0,3}(?:转|分机号?|ext\.?|#)[\s:.\-]{0,3}(?:分机号?[\s:]{0,2})?(\d{1,6})\)?"
_BY_HYPHEN = r"\s?[\-‐‑‒–—―]\s?(\d{2,5})"  # 010-68812345-8001; behind a mobile number it is something else
_WHOLE = re.compile(
    rf"(?<!\d)(?:\+?(?:00)?86[\s\-]{{0,3}})?"
    rf"(?:({_MOBILE})(?:{_EXTENSION})?|({_FIXED})(?:{_EXTENSION}|{_BY_HYPHEN})?)(?!\d)",
    re.IGNORECASE,
)
_WORDS_ROUND_A_NUMBER = re.compile(
    r"联系|电话|手机|座机|固话|办公|号码?|传真|分机|tel|phone|微信同号|同微信|[\s,、:;。.()\[\]【】/+\-|或和'\"]",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Found:
    """A whole number, where it stands in the line, and how we write it."""

    start: int
    end: int
    number: str


def cleaned(text: str) -> str:
    """The words without the invisible characters that a copied number carries (U+200B, U+202C), in usual width."""
    seen = "".join(one for one in text if unicodedata.category(one) != "Cf")
    return unicodedata.normalize("NFKC", seen)


def find(line: str) -> list[Found]:
    """The whole numbers in a cleaned line: mobile, landline with its area code, or 400/800, with an extension."""
    return [Found(*match.span(), _written(match)) for match in _WHOLE.finditer(line)]


def read(text: str) -> str | None:
    """A field that holds numbers and nothing else, as we write them; None when a part of it is no whole number."""
    line = cleaned(text)
    found = find(line)
    rest = _WHOLE.sub(" ", line)
    return joined(found) if found and not _WORDS_ROUND_A_NUMBER.sub("", rest) else None


def joined(found: list[Found]) -> str:
    """The numbers as a case keeps them: each once, in their order, as many as there is room for."""
    kept = ""
    for number in dict.fromkeys(one.number for one in found):
        longer = f"{kept}{JOINED}{number}" if kept else number
        if len(longer) <= MOST:
            kept = longer
    return kept


def identifying(phone: str | None) -> str:
    """The digits by which an appellant is recognised: those of the first whole number; "" without one."""
    found = find(cleaned(phone or ""))
    return re.sub(r"\D", "", found[0].number) if found else ""


def _written(found: re.Match[str]) -> str:
    number = re.sub(r"\D", "", found[1] or found[3])
    extension = found[2] or found[4] or found[5]
    if number.startswith("0"):
        code = 3 if number[1] in "12" else 4
        number = f"{number[:code]}-{number[code:]}"
    return f"{number}转{extension}" if extension else number
