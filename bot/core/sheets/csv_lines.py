"""Lines of a CSV file as Excel and WPS write it: UTF-8, GBK or UTF-16, with comma, semicolon or tab. Pure."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from bot.core.sheets.lines import HEAD_WITHIN, SAVE_AS_XLSX, Known, Limits, Unreadable, heads_in, plain

if TYPE_CHECKING:
    from _csv import Reader

MARKS = ",\t;，"
_EURO = "excel-gbk"  # an error handler


def csv_lines(data: bytes, known: Known, limits: Limits) -> Iterator[tuple[str, ...]]:
    """The cells of each line. Raises Unreadable."""
    words = decoded(data)
    if "\x00" in words:
        raise Unreadable(f"这不是 CSV 或 XLSX 文件。{SAVE_AS_XLSX}")
    reader = _reader(words, _mark(words, known))
    try:
        for cells in reader:
            yield tuple(plain(cell) for cell in cells[: limits.columns])
    except csv.Error:
        raise Unreadable(f"CSV 的引号或换行不完整，读不下去。{SAVE_AS_XLSX}", reader.line_num) from None


def decoded(data: bytes) -> str:
    """The text of a file. Raises Unreadable."""
    is_utf16 = data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    for encoding in ("utf-16",) if is_utf16 else ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding, _EURO if encoding == "gb18030" else "strict")
        except UnicodeDecodeError:
            continue
    raise Unreadable("文件的编码认不出来（应为 UTF-8 或 GBK）。请用 Excel 或 WPS 另存为 .xlsx，再上传。")


def _mark(words: str, known: Known) -> str:
    """The mark between cells: the one by which the most columns are known. Long Chinese sentences have more commas
    than the head has."""
    return max(MARKS, key=lambda mark: _most_heads(words, mark, known))


def _most_heads(words: str, mark: str, known: Known) -> int:
    try:
        return max(
            (heads_in(list(map(plain, row)), known) for row in islice(_reader(words, mark), HEAD_WITHIN)),
            default=0,
        )
    except csv.Error:
        return 0


def _reader(words: str, mark: str) -> Reader:
    return csv.reader(io.StringIO(words, newline=""), delimiter=mark, strict=True)


def _euro(error: UnicodeError) -> tuple[str, int]:
    """Excel's GBK has € at 0x80, which the standard leaves empty."""
    if isinstance(error, UnicodeDecodeError) and error.object[error.start] == 0x80:
        return "€", error.start + 1
    raise error


codecs.register_error(_EURO, _euro)
