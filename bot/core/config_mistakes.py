"""What is wrong with a configuration, in words that say where it stands and what to write instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.core.refusals import Refusal

SHOWN = 60  # characters of a wrong value that are repeated to the operator


@dataclass(frozen=True)
class Mistake:
    """One wrong thing. `where` names line or environment variable; `found` never holds a secret; `acts` as in `Refusal`."""

    section: str
    key: str
    remedy: str
    found: str = ""
    where: str = ""
    acts: tuple[str, ...] = ()

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
        acts = dict.fromkeys(act for mistake in mistakes for act in mistake.acts)
        super().__init__(f"配置文件 {path}{told}", *acts)


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
