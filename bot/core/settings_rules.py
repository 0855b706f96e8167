"""What one value in config.toml may look like: the shape of a rule, and numbers, words, texts and secrets.

A reader takes what TOML gave and returns the typed value, or raises ValueError with a short Chinese hint, or none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Generic, TypeVar

from bot.core.secret import Secret

T = TypeVar("T")
N = TypeVar("N", int, float)
UNQUOTED = "文字要加英文双引号"
YES_OR_NO = {
    **dict.fromkeys(("true", "1", "yes", "on", "是"), True),
    **dict.fromkeys(("false", "0", "no", "off", "否"), False),
}


@dataclass(frozen=True)
class Rule(Generic[T]):
    """How one setting is read. `expected` completes the Chinese sentence 「应为 …」."""

    expected: str
    reader: Callable[[object], T]
    from_text: Callable[[str], object] = str  # an environment variable -> what TOML would have given
    start_at: Callable[[T, Path], T] | None = None  # for paths: the same, starting at a folder
    private: bool = False  # never repeated in a message
    from_file: bool = False  # may also be given as `<key>_file`

    def read(self, value: object, base: Path) -> T:
        """The typed value; relative paths start at `base`. Raises ValueError, its text what to write in Chinese."""
        try:
            result = self.reader(value)
        except ValueError as error:
            hint = f"（{error}）" if str(error) else ""
            raise ValueError(f"应为 {self.expected}{hint}") from None
        return self.start_at(result, base) if self.start_at else result


def whole(low: int, high: int, unit: str = "") -> Rule[int]:
    """An integer between two bounds, both allowed."""

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError("数字不加引号" if isinstance(value, str) and value.strip().isdecimal() else "")
        return _within(low, high, value)

    expected = f"{low} 到 {high} 之间的整数" + (f"（{unit}）" if unit else "")
    return Rule(expected, read, _number(r"[+-]?[0-9]{1,18}", int))


def real(low: float, high: float, unit: str) -> Rule[float]:
    """A number, whole or with decimals, between two bounds."""

    def read(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError
        return float(_within(low, high, value))

    expected = f"{low:g} 到 {high:g} 之间的数字（{unit}）"
    return Rule(expected, read, _number(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?", float))


def one_of(**meanings: str) -> Rule[str]:
    """One of a few words, each with what it means."""

    def read(value: object) -> str:
        if value not in list(meanings):
            raise ValueError
        return str(value)

    return Rule("、".join(f'"{word}"（{label}）' for word, label in meanings.items()) + " 之一", read)


def text(pattern: str, expected: str, *, private: bool = False) -> Rule[str]:
    """Text that matches a pattern from end to end."""

    def read(value: object) -> str:
        written = string(value)
        if written != written.strip():
            raise ValueError("前后多了空格或换行")
        if not re.fullmatch(pattern, written):
            raise ValueError
        return written

    return Rule(expected, read, private=private)


def hidden(pattern: str, expected: str) -> Rule[Secret]:
    """A secret that matches a pattern; empty means not given."""
    plain = text(f"(?:{pattern})?", expected)
    return Rule(expected, lambda value: Secret(plain.reader(value)), private=True, from_file=True)


def _number(pattern: str, kind: type[int | float]) -> Callable[[str], object]:
    return lambda written: kind(written) if re.fullmatch(pattern, written) else written


def _within(low: float, high: float, value: N) -> N:
    if not low <= value <= high:  # also refuses nan
        raise ValueError("超出范围")
    return value


def string(value: object) -> str:
    """The text, if it is one."""
    if not isinstance(value, str):
        raise ValueError(UNQUOTED)
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _time_of_day(value: object) -> time:
    if isinstance(value, time):
        return value.replace(second=0, microsecond=0)
    if not isinstance(value, str) or not re.fullmatch(r"([01]?[0-9]|2[0-3]):[0-5][0-9]", value):
        raise ValueError
    hour, minute = value.split(":")
    return time(int(hour), int(minute))


FLAG = Rule("true 或 false（不加引号）", _flag, lambda written: YES_OR_NO.get(written.casefold(), written))
TIME_OF_DAY = Rule('一天中的时刻，如 "17:30"', _time_of_day)
