"""The unified social credit code (统一社会信用代码, GB 32100-2015): 18 characters, the last one checks the others."""

from __future__ import annotations

import unicodedata

LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # without I, O, S, V, Z


def read(text: str) -> str | None:
    """The code however it was typed, or None when it is none."""
    code = "".join(unicodedata.normalize("NFKC", text).upper().split()).replace("-", "")
    return code if is_code(code) else None


def is_code(code: str) -> bool:
    """Whether length, letters and check character are right."""
    if len(code) != 18 or any(letter not in LETTERS for letter in code):
        return False
    total = sum(LETTERS.index(letter) * pow(3, place, 31) for place, letter in enumerate(code[:17]))
    return LETTERS[(31 - total % 31) % 31] == code[17]
