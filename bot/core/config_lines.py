"""The text of config.toml: on which line a key stands, and what to do about a TOML syntax error."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.core.config_mistakes import Mistake

HEADER = re.compile(r"\s*\[+\s*\"?([^\]\"\s]+)")
KEY = re.compile(r"\s*(?:\"([^\"]*)\"|([^\"=.\s]+))\s*[=.]")
# What tomllib complains about -> what to do. Its own texts may quote the file, and with it a secret.
SYNTAX = (
    ("Cannot overwrite", "同一个配置项写了两次，删去一行"),
    ("Cannot declare", "同一个小节写了两次，合并成一个"),
    ("Cannot redefine", "同一个小节写了两次，合并成一个"),
    ("Unterminated string", "文字少了一边的英文双引号"),
    ("Illegal character", "文字少了一边的英文双引号，或夹着控制字符"),
    ("Unclosed array", "列表少了右方括号 ]"),
    ("Unclosed inline table", "少了右花括号 }"),
    ("Expected ']'", "小节名少了右方括号 ]"),
    ("Expected '='", "配置项后面要有英文等号，写成 key = 值"),
    ("Expected newline", "值的后面多了内容；一行只写一个 key = 值，数字不以 0 开头"),
    ("Invalid value", '值的写法不对；文字要加英文双引号，如 "文字"，是非写 true 或 false'),
    ("Unescaped", "双引号里的反斜杠 \\ 要写成两个 \\\\，或改用英文单引号"),
    ("Invalid hex", "双引号里的反斜杠 \\ 要写成两个 \\\\，或改用英文单引号"),
)
FULL_WIDTH = "“”‘’＝，【】［］＂"


def syntax_mistake(text: str, complaint: str) -> Mistake:
    """What to do about a TOML syntax error; `complaint` is tomllib's message, of which only the place is kept."""
    place = re.search(r"at line (\d+), column (\d+)", complaint)
    lines = text.splitlines()
    # The parser stops behind the offending line when what is missing is the end of something.
    number = int(place[1]) if place else max(1, len(lines))
    where = f"第 {number} 行" + (f"第 {place[2]} 列" if place else "，文件末尾")
    line = lines[number - 1] if number <= len(lines) else ""
    remedy = next(
        (advice for start, advice in SYNTAX if start in complaint),
        "写法不符合 TOML，请对照 config.example.toml",
    )
    wide = "".join(sign for sign in FULL_WIDTH if sign in line.split("#")[0])
    if wide:
        remedy += f"；这一行有全角符号 {wide}，请改成英文半角"
    return Mistake(_section_at(lines, number), "", remedy, where=where)


def _section_at(lines: Sequence[str], number: int) -> str:
    """The section that line `number` (from 1) belongs to, or empty."""
    for line in reversed(lines[:number]):
        if header := re.match(r"\s*\[+\s*([A-Za-z_]+)", line):
            return header[1]
    return ""


def lines_of(text: str) -> dict[tuple[str, str], str]:
    """「第 n 行」 by section and key, where it can be seen; a section's own line has an empty key."""
    lines: dict[tuple[str, str], str] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := HEADER.match(line):
            section = header[1]
            lines.setdefault((section, ""), f"第 {number} 行")
        elif key := KEY.match(line):
            lines.setdefault((section, key[1] or key[2]), f"第 {number} 行")
    return lines
