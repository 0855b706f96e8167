"""One reading machinery for every table that comes in: its lines, and which of them is the head."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.core.sheets.csv_lines import csv_lines
from bot.core.sheets.lines import HEAD_WITHIN, MB, Known, Limits, Line, Unreadable, heads_in
from bot.core.sheets.xlsx_lines import xlsx_lines


def lines_of(data: bytes, known: Known, limits: Limits, sheet: str = "") -> list[Line]:
    """The lines that are not empty, of a CSV file or of one sheet of a workbook. Raises Unreadable."""
    if len(data) > limits.size:
        raise Unreadable(f"文件超过 {limits.size // MB} MB，{limits.advice}。")
    read = xlsx_lines(data, sheet, limits) if data.startswith(b"PK") else csv_lines(data, known, limits)
    found: list[Line] = []
    for number, cells in enumerate(read, 1):
        if any(cells):
            found.append(Line(number, _without_empty_end(cells)))
        if len(found) > limits.lines:
            raise Unreadable(f"文件超过 {limits.lines} 行，{limits.advice}。", number)
    return found


def _without_empty_end(cells: tuple[str, ...]) -> tuple[str, ...]:
    last = max(place for place, cell in enumerate(cells) if cell)
    return cells[: last + 1]


def head_of(
    lines: Sequence[Line], column: Callable[[str], str | None], least: int
) -> tuple[int, dict[str, int]] | None:
    """Which of the first lines is the head, and at which place each column stands; None without one."""
    for index, line in enumerate(lines[:HEAD_WITHIN]):
        if heads_in(line.cells, column) >= least:
            return index, _places(line, column)
    return None


def _places(head: Line, column: Callable[[str], str | None]) -> dict[str, int]:
    """A column that stands twice counts where it stands first."""
    places: dict[str, int] = {}
    for place, cell in enumerate(head.cells):
        key = column(cell) if cell else None
        if key is not None:
            places.setdefault(key, place)
    return places
