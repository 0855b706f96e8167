"""A ledger file of others as lines of words: CSV in UTF-8 or GBK, or XLSX. Pure, apart from reading the file."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from bot.core.refusals import Refusal

MOST_BYTES = 10 * 1024 * 1024
MOST_UNPACKED = 150 * 1024 * 1024  # a small archive may hold a huge sheet
MOST_LINES, MOST_COLUMNS = 20000, 100
SUFFIXES = (".csv", ".xlsx")


class SheetUnreadable(Refusal):
    """The file is no ledger that can be read; the text says in Chinese what to do."""


@dataclass(frozen=True)
class Line:
    """One line of the sheet as Excel numbers it, and what stands in its cells."""

    number: int
    cells: tuple[str, ...]


def lines_of(path: Path) -> list[Line]:
    """The lines that are not empty. Raises SheetUnreadable."""
    if path.stat().st_size > MOST_BYTES:
        raise SheetUnreadable(f"文件超过 {MOST_BYTES // 1024 // 1024} MB，请按年份拆成几个文件分别导入。")
    data = path.read_bytes()
    read = _workbook(path) if data.startswith(b"PK") else _csv(data)
    found = [Line(number, cells) for number, cells in enumerate(read, 1) if any(cells)]
    if len(found) > MOST_LINES:
        raise SheetUnreadable(f"文件超过 {MOST_LINES} 行，请按年份拆成几个文件分别导入。")
    return found


def _csv(data: bytes) -> list[tuple[str, ...]]:
    words = _decoded(data)
    if "\x00" in words:
        raise SheetUnreadable("这不是 CSV 或 XLSX 文件。请用 Excel 或 WPS 打开后另存为 .xlsx，再上传。")
    head = words[:5000]
    mark = max(",\t;，", key=head.count)
    try:
        rows = csv.reader(io.StringIO(words, newline=""), delimiter=mark)
        return [tuple(_plain(cell) for cell in row[:MOST_COLUMNS]) for row in rows]
    except csv.Error:
        raise SheetUnreadable(
            "CSV 的引号或换行不完整，读不下去。请用 Excel 或 WPS 打开后另存为 .xlsx，再上传。"
        ) from None


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetUnreadable("文件的编码认不出来（应为 UTF-8 或 GBK）。请用 Excel 或 WPS 另存为 .xlsx，再上传。")


def _workbook(path: Path) -> list[tuple[str, ...]]:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > MOST_UNPACKED:
            raise SheetUnreadable("文件解开后太大。请只保留台账这一张表，另存后再上传。")
        from openpyxl import load_workbook  # slow to import, and seldom needed

        book = load_workbook(path, read_only=True, data_only=True)
        try:
            sheet = book["台账"] if "台账" in book.sheetnames else book.worksheets[0]
            rows: Iterable[Any] = sheet.iter_rows(
                values_only=True, max_row=MOST_LINES + 20, max_col=MOST_COLUMNS
            )
            return [tuple(_plain(cell) for cell in row) for row in rows]
        finally:
            book.close()
    except SheetUnreadable:
        raise
    except Exception as error:  # a hostile file makes the reader raise almost anything
        raise SheetUnreadable(
            "这个 Excel 文件打不开。请用 Excel 或 WPS 打开后另存为 .xlsx，再上传。"
        ) from error


def _plain(value: object) -> str:
    """A cell's value as somebody would type it; what our own export did to a sign in front is undone."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    words = str(value).replace("\r\n", "\n").replace("\x00", "").strip()
    return words[1:] if words.startswith("'") and len(words) > 1 and words[1] in "=+-@＝＋－＠" else words
