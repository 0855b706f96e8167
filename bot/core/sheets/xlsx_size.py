"""How much an XLSX makes its reader do: counted part by part before anything is built from it.

A file of a few kilobytes may unpack to a hundred megabytes of cells, texts or formats, and keep a processor for
minutes. Counting stops at the first limit that is passed.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import IO
from xml.parsers import expat

from bot.core.sheets.lines import Limits, Unreadable

PIECE = 64 * 1024
MOST_PARTS = 1000
WIDEST = 16_384  # cells of a line, as Excel has it
MOST_OTHERS = 300_000  # formats, merged cells, links …: the reader takes some twenty microseconds for each
LINE, CELL, TEXT, CONTENT, OTHER = "row", "c", "si", "content", "other"
_KINDS = {LINE: LINE, CELL: CELL, TEXT: TEXT} | dict.fromkeys(("v", "f", "is", "t"), CONTENT)
TOO_LARGE = "文件解开后太大。请只保留台账这一张表，另存后再上传。"
TOO_MANY_CELLS = "表格里的单元格太多（带格式的空行空列也算）。请把有内容的部分复制到一张新表，另存后再上传。"
TOO_MANY_FORMATS = "文件里的格式、合并单元格或链接太多。请把内容「只粘贴数值」到一张新表，另存后再上传。"


def refuse_huge(archive: zipfile.ZipFile, limits: Limits) -> None:
    """Raise Unreadable for a workbook that is larger than a table may be."""
    parts = archive.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > limits.unpacked:
        raise Unreadable(TOO_LARGE)
    tally = Tally(limits)
    for part in parts:
        with archive.open(part) as source:
            tally.count(source)


class Tally:
    """What was counted so far, over all parts."""

    def __init__(self, limits: Limits) -> None:
        cells = limits.cells
        self._most = {
            LINE: 10 * limits.lines,
            CELL: cells,
            TEXT: cells,
            CONTENT: 4 * cells,
            OTHER: MOST_OTHERS,
        }
        self._counts = dict.fromkeys(self._most, 0)
        self._width = 0

    def count(self, source: IO[bytes]) -> None:
        """Count a part's elements. A part that is no XML, such as a picture, ends at its first byte, and one that is
        broken ends where the reader would end. Raises Unreadable at a limit."""
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.StartDoctypeDeclHandler = _refuse_document_type
        try:
            for piece in _pieces(source):
                parser.Parse(piece)
                self._refuse()
        except expat.ExpatError:
            return

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        kind = _KINDS.get(name.rpartition(":")[2], OTHER)
        self._counts[kind] += 1
        if kind == CELL:
            self._width += 1
            if self._width > WIDEST:
                raise Unreadable(TOO_MANY_CELLS)
        elif kind == LINE:
            self._width = 0

    def _refuse(self) -> None:
        for kind, most in self._most.items():
            if self._counts[kind] > most:
                raise Unreadable(TOO_MANY_FORMATS if kind == OTHER else TOO_MANY_CELLS)


def _pieces(source: IO[bytes]) -> Iterator[bytes]:
    while piece := source.read(PIECE):
        yield piece


def _refuse_document_type(*_declared: object) -> None:
    """No table program writes one; it could make a short text long."""
    raise Unreadable(TOO_LARGE)
