"""People's own words on a page: escaped, isolated, and with what cannot be seen made visible. Pure.

A text may hold marks that turn the line round, characters without width, or control codes. They stay in the row as
they came; on the page each shows as a small labelled mark, so that nobody reads something else than was written.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from markupsafe import Markup, escape

from bot.core.sensitive import masked_text

NAMES = {
    0x00AD: "软连字符", 0x061C: "方向符", 0x115F: "空字符", 0x1160: "空字符", 0x180E: "空字符", 0x200B: "零宽空格",
    0x200C: "零宽不连字", 0x200D: "零宽连字", 0x200E: "从左到右", 0x200F: "从右到左", 0x202A: "从左到右", 0x202B: "从右到左",
    0x202C: "方向结束", 0x202D: "强制从左到右", 0x202E: "强制从右到左", 0x2028: "换行符", 0x2029: "换段符", 0x2060: "零宽连接",
    0x2066: "方向隔离", 0x2067: "方向隔离", 0x2068: "方向隔离", 0x2069: "方向结束", 0x3164: "空字符", 0xFEFF: "零宽空格",
    0xFFA0: "空字符",
}  # fmt: skip
JOINER, PLAIN = 0x200D, frozenset("\n\t")


@dataclass(frozen=True)
class Piece:
    """A run of ordinary characters, or one odd character with its name."""

    text: str
    odd: str = ""


def pieces(text: str) -> list[Piece]:
    """The text cut at every character that cannot be seen."""
    found: list[Piece] = []
    run = ""
    previous = ""
    for character in text.replace("\r\n", "\n").replace("\r", "\n"):
        name = _odd(character, previous)
        if name:
            found += [Piece(run)] if run else []
            found.append(Piece(f"U+{ord(character):04X}", name))
            run = ""
        else:
            run += character
        previous = character
    return [*found, Piece(run)] if run else found


def said(text: str | None, *, mask: bool = True, phones: bool = True) -> Markup:
    """A person's words for a page; identity and bank numbers masked unless `mask` is False, telephone numbers unless
    `phones` is False: for those who may have the contact."""
    words = masked_text(text or "", phones=phones) if mask else text or ""
    return Markup("").join(
        Markup('<span class="odd" title="{0}">⟨{1}⟩</span>').format(piece.text, piece.odd)
        if piece.odd
        else escape(piece.text)
        for piece in pieces(words)
    )


def plainly(text: str | None, *, mask: bool = True) -> str:
    """A person's words in one line of a list: without what cannot be seen, numbers masked unless `mask` is False."""
    kept = "".join(piece.text if not piece.odd else "" for piece in pieces(text or ""))
    line = " ".join(kept.split())
    return masked_text(line, phones=True) if mask else line


def _odd(character: str, previous: str) -> str:
    """The name of a character that cannot be seen; "" for an ordinary one. Emoji are joined by a joiner."""
    code = ord(character)
    if code == JOINER and previous and unicodedata.category(previous) in ("So", "Sk", "Mn"):
        return ""
    if code in NAMES:
        return NAMES[code]
    if character in PLAIN:
        return ""
    if 0xE0000 <= code <= 0xE0FFF:
        return "隐藏字符"
    category = unicodedata.category(character)
    return {"Cc": "控制符", "Cf": "格式符", "Co": "私用字符", "Cs": "残缺字符"}.get(category, "")
