"""Words of people as cells of a sheet: nothing that a spreadsheet would run, fail on or cut silently. Pure."""

from __future__ import annotations

import re

MOST = 32767  # characters of a cell in Excel
CUT = "…（内容过长，此处截断，全文见系统）"
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# What Excel, LibreOffice or WPS would take for a formula, full-width signs too; space in front does not help.
_FORMULA = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]*[=+\-@＝＋－＠﹣﹢﹦﹫−]")
_LEADING = ("\t", "\r", "\n")


def safe(words: str | None) -> str:
    """The words as text that no spreadsheet takes for a formula, also after it was saved as CSV."""
    text = _FORBIDDEN.sub("", words or "")
    if text.startswith(_LEADING) or _FORMULA.match(text):
        text = "'" + text
    return cut(text)


def cut(words: str) -> str:
    """The words cut to what a cell can hold; counted as Excel does, in UTF-16."""
    if len(words) * 2 <= MOST:
        return words
    if len(words.encode("utf-16-le", "ignore")) // 2 <= MOST:
        return words
    kept = words[:MOST].encode("utf-16-le", "ignore")[: 2 * (MOST - len(CUT))]
    return kept.decode("utf-16-le", "ignore") + CUT


def is_cut(words: str | None) -> bool:
    """Whether a cell would not hold all of it."""
    return words is not None and safe(words).endswith(CUT) and not words.endswith(CUT)
