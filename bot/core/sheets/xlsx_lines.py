"""Lines of an XLSX workbook, read only after it was found to be of a size that can be read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from bot.core.sheets.lines import SAVE_AS_XLSX, Limits, Unreadable, plain
from bot.core.sheets.xlsx_size import refuse_huge

LINES_BEYOND = 20  # that are read beyond the limit, so that it is noticed


def xlsx_lines(data: bytes, sheet: str, limits: Limits) -> Iterator[tuple[str, ...]]:
    """The cells of each line of the sheet with this name, else of the first. Raises Unreadable."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            refuse_huge(archive, limits)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        try:
            yield from _lines(book, sheet, limits)
        finally:
            book.close()
    except Unreadable:
        raise
    except Exception as error:  # a hostile file makes the reader raise almost anything
        raise Unreadable(f"这个 Excel 文件打不开。{SAVE_AS_XLSX}") from error


def _lines(book: Workbook, sheet: str, limits: Limits) -> Iterator[tuple[str, ...]]:
    found = book[sheet] if sheet in book.sheetnames else book.worksheets[0]
    most = limits.lines + LINES_BEYOND
    for row in found.iter_rows(values_only=True, max_row=most, max_col=limits.columns):
        yield tuple(plain(cell) for cell in row)
