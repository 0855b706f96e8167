"""A workbook that is small on the wire and huge when it is read is refused in Chinese, at once."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable

import pytest
import xlsxwriter

from bot.core.sheets import xlsx_size
from bot.core.sheets.lines import MB, Limits, Unreadable
from bot.core.sheets.reading import lines_of

LIMITS = Limits(10 * MB, 20_000, "请分成几个文件导入")
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
SECONDS = 4.0  # of processor time for the worst of them; one kept a core for 193


def table() -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        book.add_worksheet().write_row(0, 0, ("编号", "内容"))
    return file.getvalue()


def with_part(name: str, text: str) -> bytes:
    """The small table with one part put in the place of its own."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(table())) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            if part.filename != name:
                new.writestr(part, old.read(part))
        new.writestr(name, text)
    return file.getvalue()


def sheet(rows: str) -> bytes:
    return with_part(
        "xl/worksheets/sheet1.xml", f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"
    )


def strings(texts: str) -> bytes:
    return with_part("xl/sharedStrings.xml", f"<sst {MAIN}>{texts}</sst>")


BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "cells": (lambda: sheet(("<row>" + "<c/>" * 100 + "</row>") * 9000), xlsx_size.TOO_MANY_CELLS),
    "a wide line": (lambda: sheet("<row>" + "<c/>" * 20_000 + "</row>"), xlsx_size.TOO_MANY_CELLS),
    "lines": (lambda: sheet("<row/>" * 210_000), xlsx_size.TOO_MANY_CELLS),
    "named otherwise": (
        lambda: with_part("xl/worksheets/sheet1.xml", f'<x:worksheet xmlns:x="{MAIN[7:-1]}">' + "<x:c/>" * 810_000),
        xlsx_size.TOO_MANY_CELLS,
    ),
    "texts": (lambda: strings("<si/>" * 810_000), xlsx_size.TOO_MANY_CELLS),
    "formatted text": (lambda: strings("<si>" + "<r><t>x</t></r>" * 310_000 + "</si>"), xlsx_size.TOO_MANY_FORMATS),
    "formats": (lambda: with_part("xl/styles.xml", f"<styleSheet {MAIN}>" + "<xf/>" * 310_000), xlsx_size.TOO_MANY_FORMATS),
    "bytes": (lambda: strings("<si><t>" + "x" * (101 * MB) + "</t></si>"), xlsx_size.TOO_LARGE),
    "entities": (
        lambda: with_part("xl/sharedStrings.xml", f'<!DOCTYPE s [<!ENTITY a "{"x" * 99}">]><sst {MAIN}/>'),
        xlsx_size.TOO_LARGE,
    ),
    "parts": (lambda: many_parts(1001), xlsx_size.TOO_LARGE),
}  # fmt: skip


def many_parts(count: int) -> bytes:
    file = io.BytesIO(table())
    with zipfile.ZipFile(file, "a") as archive:
        for number in range(count):
            archive.writestr(f"x/{number}.xml", "<x/>")
    return file.getvalue()


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_at_once(bomb: str) -> None:
    made, words = BOMBS[bomb]
    data = made()
    assert len(data) < LIMITS.size
    began = time.process_time()
    with pytest.raises(Unreadable) as refused:
        lines_of(data, lambda head: None, LIMITS)
    assert str(refused.value) == words
    assert time.process_time() - began < SECONDS


def test_a_table_of_more_lines_than_the_limit_is_refused_while_it_is_read() -> None:
    small = Limits(10 * MB, 100, "请分成几个文件导入")
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>x</t></is></c></row>' for n in range(1, 102)
    )
    with pytest.raises(Unreadable, match="文件超过 100 行，请分成几个文件导入"):
        lines_of(sheet(rows), lambda head: None, small)
    with pytest.raises(Unreadable, match="文件超过 100 行"):
        lines_of(b"x\n" * 101, lambda head: None, small)


def test_an_ordinary_table_and_one_with_a_picture_are_read() -> None:
    assert lines_of(table(), lambda head: None, LIMITS)[0].cells == ("编号", "内容")
    pictured = with_part("xl/media/image1.png", "\x89PNG no xml at all")
    assert len(lines_of(pictured, lambda head: None, LIMITS)) == 1
