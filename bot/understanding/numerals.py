"""Chinese numerals inside names: 二十八条, 28条 and 贰拾捌条 are the same."""

from __future__ import annotations

import re

DIGITS = {
    c: i
    for i, pair in enumerate(("零〇", "一壹", "二贰", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖"))
    for c in pair
}
DIGITS["两"] = 2
_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100}
_SHORT = {"廿": 20, "卅": 30}
_CHARS = "".join(DIGITS) + "".join(_TENS) + "".join(_SHORT)
_BEFORE_UNIT = re.compile(rf"[{_CHARS}]{{1,7}}(?=条|号|项|届|大|中全会|章|期)")
_YEAR = re.compile(r"[零〇一二三四五六七八九]{4}(?=年)")


def number(chars: str) -> int | None:
    """The value of a Chinese numeral up to 999 or of a row of Chinese digits; None when it is neither."""
    if not chars or any(c not in _CHARS for c in chars):
        return None
    if all(c in DIGITS for c in chars):
        return int("".join(str(DIGITS[c]) for c in chars))
    total, digit = 0, 0
    for char in chars:
        if char in DIGITS:
            digit = DIGITS[char]
        elif char in _SHORT:
            total, digit = total + _SHORT[char], 0
        else:
            total, digit = total + (digit or 1) * _TENS[char], 0
    return total + digit


def in_digits(text: str) -> str:
    """The text with the numerals of 条, 号, 届 … and of years in digits."""
    return _YEAR.sub(_as_year, _BEFORE_UNIT.sub(_as_number, text))


def _as_number(match: re.Match[str]) -> str:
    value = number(match.group())
    return match.group() if value is None else str(value)


def _as_year(match: re.Match[str]) -> str:
    return "".join(str(DIGITS[c]) for c in match.group())
