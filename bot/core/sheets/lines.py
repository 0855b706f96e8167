"""A line of a table, how large a table may be, and what a cell says. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.core.refusals import Refusal

SUFFIXES = (".csv", ".xlsx")
HEAD_WITHIN = 10  # title lines may stand above the head
MB = 1024 * 1024
SAVE_AS_XLSX = "请用 Excel 或 WPS 打开后另存为 .xlsx，再上传。"
# A number that was copied from a chat or an address book carries these; no word needs them.
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_AS_TEXT = re.compile(r'="([^"]*)"')  # how some programs keep Excel from taking a number for a number
_SIGNS = "=+-@＝＋－＠"


class Unreadable(Refusal):
    """The file is no table that can be read; the text says in Chinese what to do. `line` is where, if it is known."""

    def __init__(self, words: str, line: int = 1) -> None:
        super().__init__(words)
        self.line = line


@dataclass(frozen=True)
class Line:
    """One line of the table as Excel numbers it, and what stands in its cells."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Limits:
    """How large a table may be; `advice` says how to make it smaller."""

    size: int  # bytes of the file
    lines: int
    advice: str
    columns: int = 100

    @property
    def unpacked(self) -> int:
        """Bytes of everything in an XLSX; a small archive may hold a huge sheet."""
        return 10 * self.size

    @property
    def cells(self) -> int:
        """Cells of all sheets in an XLSX, the empty ones that have a format with them."""
        return 40 * self.lines


Known = Callable[[str], object]  # whether a head's words name a column: anything but None


def heads_in(cells: Sequence[str], known: Known) -> int:
    """How many cells of a line name a column."""
    return sum(known(cell) is not None for cell in cells if cell)


def plain(value: object) -> str:
    """A cell's value as somebody would type it; what our own export did to a sign in front is undone."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _typed(str(value))


def _typed(said: str) -> str:
    """The words without what only a table program sees: ="138…" and '138… are 138…."""
    words = _INVISIBLE.sub("", said.replace("\r\n", "\n").replace("\x00", "")).strip()
    if as_text := _AS_TEXT.fullmatch(words):
        return as_text[1].strip()
    has_mark = words.startswith("'") and (words[1:2].isdigit() or words[1:2] in _SIGNS) and len(words) > 1
    return words[1:] if has_mark else words
