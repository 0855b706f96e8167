"""What is wrong with a configuration, in words that say where it stands and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.core.refusals import Refusal

SHOWN = 60  # characters of a wrong value that are repeated to the operator


@dataclass(frozen=True)
class Mistake:
    """One wrong thing. `where` names line or environment variable; `found` never holds a secret."""

    section: str
    key: str
    remedy: str
    found: str = ""
    where: str = ""

    def __str__(self) -> str:
        place = f"[{self.section}] {self.key}".strip() if self.section else self.key
        place += f"（{self.where}）" if self.where else ""
        found = f"写的是 {self.found}，" if self.found else ""
        return f"{place}：{found}{self.remedy}" if place else f"{found}{self.remedy}"


class ConfigError(Refusal):
    """The configuration cannot be used; `mistakes` are all that were found, its text is for the operator."""

    def __init__(self, path: Path, mistakes: Sequence[Mistake]) -> None:
        self.path = path
        self.mistakes = tuple(mistakes)
        lines = "\n".join(f"  {number}. {mistake}" for number, mistake in enumerate(mistakes, 1))
        whole = len(mistakes) == 1 and not mistakes[0].section and not mistakes[0].key
        told = f"：{mistakes[0]}" if whole else f" 有 {len(mistakes)} 处需要改：\n{lines}"
        super().__init__(f"配置文件 {path}{told}")


def one_line(text: str) -> str:
    """The beginning of a text that the operator typed, harmless on a terminal."""
    plain = text if text.isprintable() else text.encode("unicode_escape").decode()
    return f"{plain[:SHOWN]}…" if len(plain) > SHOWN else plain


def describe(value: object, *, private: bool) -> str:
    """How a wrong value is shown: shortened, on one line, and never the text of a private one."""
    if isinstance(value, str) and private:
        return f"一段 {len(value)} 个字符的文字（内容不显示）" if value else '空 ""'
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{one_line(value)}"'
        case int() | float():
            return (
                "一个数字（内容不显示）" if private else "一个太大的数字" if abs(value) > 1e15 else str(value)
            )
        case list():
            return "一个列表"
        case dict():
            return "一个小节"
    return "一个日期或时刻"


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
    return Mistake(section_at(lines, number), "", remedy, where=where)


def section_at(lines: Sequence[str], number: int) -> str:
    """The section that line `number` (from 1) belongs to, or empty."""
    for line in reversed(lines[:number]):
        if header := re.match(r"\s*\[+\s*([A-Za-z_]+)", line):
            return header[1]
    return ""


def line_of(text: str, section: str, key: str) -> str:
    """「第 n 行」 where a key or (with an empty key) a section stands, or empty when it cannot be seen."""
    current = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[+\s*\"?([^\]\"\s]+)", line):
            current = header[1]
            if not key and current == section:
                return f"第 {number} 行"
        elif key and current == section and re.match(rf"\s*\"?{re.escape(key)}\"?\s*[=.]", line):
            return f"第 {number} 行"
    return ""
