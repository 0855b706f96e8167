"""TOML files that colleagues edit by hand: what can be read of them, and what is wrong, by line.

A file that breaks somewhere is read piece by piece, so that one slip costs its own entry and no more.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

Complaint = tuple[int, str]  # line counted from 1, words for staff
ENCODINGS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"", "gb18030"))  # what Windows editors write
BROKEN = "TOML 写法有误；检查等号、引号是否成对、同一个键是否写了两次"


@dataclass(frozen=True)
class Table:
    """A parsed file; one that is `broken` holds the values that could be rescued, if asked for."""

    text: str
    values: dict[str, Any]
    complaints: tuple[Complaint, ...] = ()
    broken: bool = False

    def line(self, key: str, start: int = 1) -> int:
        """The first line from `start` on that sets this key, else `start`."""
        return self._find(rf"\s*\"?{re.escape(key)}\"?\s*=", start)

    def line_with(self, words: str) -> int:
        """The first line in which these words stand outside a comment, else 1."""
        return self._find(rf"[^#]*{re.escape(words)}", 1)

    def header_line(self, name: str, place: int = 0) -> int:
        """The line of the `place`-th [name] or [[name]], counted from 0; else 1."""
        heads = re.compile(rf"\s*\[\[?\s*{re.escape(name)}\s*\]\]?")
        found = [number for number, line in enumerate(self.text.splitlines(), 1) if heads.match(line)]
        return found[place] if place < len(found) else 1

    def _find(self, pattern: str, start: int) -> int:
        lines = enumerate(self.text.splitlines(), 1)
        return next((n for n, line in lines if n >= start and re.match(pattern, line)), start)


def parse(text: str) -> Table:
    """The values of a TOML file, or where it breaks."""
    try:
        return Table(text, tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        return Table(text, {}, ((_line_of(error, text), BROKEN),), broken=True)


def read(path: Path) -> Table:
    """A file as far as it can be read; raises nothing for what a colleague may have done to it."""
    try:
        data = path.read_bytes()
    except OSError as error:
        return Table("", {}, ((1, f"文件读不了（{error.strerror}）；请检查它的权限"),), broken=True)
    return read_bytes(data)


def read_bytes(data: bytes) -> Table:
    """What is in a file, as far as it can be read."""
    text, complaints = decoded(data)
    whole = parse(text)
    table = _rescued(text) if whole.broken else whole
    return replace(table, complaints=(*complaints, *table.complaints))


def decoded(data: bytes) -> tuple[str, tuple[Complaint, ...]]:
    """The text of a file, with or without a byte order mark. One in another encoding is read all the same if it can."""
    try:
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
    encoding = next(name for mark, name in ENCODINGS if data.startswith(mark))
    try:
        return data.decode(encoding), ((line, "不是 UTF-8 文本；请另存为 UTF-8 编码"),)
    except UnicodeDecodeError:
        return data.decode("utf-8-sig", "replace"), ((line, "有认不出的字节；请另存为 UTF-8 编码"),)


def _rescued(text: str) -> Table:
    """The pieces of a broken file that can be read by themselves."""
    values: dict[str, Any] = {}
    complaints: list[Complaint] = []
    for start, piece in _pieces(text):
        table = parse(piece)
        complaints += [(start + line - 1, told) for line, told in table.complaints]
        complaints += [(start, f"「{key}」写了两次；只算第一个") for key in join(values, table.values)]
    return Table(text, values, tuple(complaints) or parse(text).complaints, broken=True)


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """The entries of a file with their first lines: single keys before the first header, then section by section."""
    first = re.search(r"(?m)^\s*\[", text)
    head, rest = (text[: first.start()], text[first.start() :]) if first else (text, "")
    line = 1
    for piece in (*re.split(r"(?m)^(?=[\w\"-]+[ \t]*=)", head), *re.split(r"(?m)^(?=\s*\[)", rest)):
        if piece.strip():
            yield line, piece
        line += piece.count("\n")


def join(values: dict[str, Any], more: dict[str, Any]) -> list[str]:
    """Add a piece's values to those before it; gives the keys that were there already."""
    twice = []
    for key, value in more.items():
        here = values.setdefault(key, value)
        if here is value:
            continue
        if isinstance(here, list) and isinstance(value, list):
            here += value
        elif isinstance(here, dict) and isinstance(value, dict):
            twice += join(here, value)
        else:
            twice.append(key)
    return twice


def _line_of(error: Exception, text: str) -> int:
    found = re.search(r"at line (\d+)", str(error))
    return int(found[1]) if found else max(1, len(text.splitlines()))
