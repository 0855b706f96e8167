"""Command words of two characters, typed by sound: 同肃 for 投诉, 宠资 for 融资, rc zhengce for 人才政策. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

_INITIALS_OF_MENU = {
    "zc": "政策", "fl": "法律", "jr": "金融", "rc": "人才", "sf": "税费", "rz": "融资", "ts": "投诉", "sq": "诉求", "jd": "进度",
    "xx": "学习", "hd": "活动", "dy": "订阅", "td": "退订", "rg": "人工",
}  # fmt: skip
# What people mean when two characters are no word of anything: the menu and its nearest neighbours.
_COMMANDS = frozenset(
    [
        "政策",
        "法律",
        "金融",
        "人才",
        "税费",
        "融资",
        "贷款",
        "诉求",
        "投诉",
        "反馈",
        "反映",
        "进度",
        "学习",
        "订阅",
        "退订",
        "活动",
        "人工",
        "客服",
        "帮助",
        "菜单",
        "报名",
    ]
)
# 咨询, 服务, 问题 … as typed: they say nothing of their own.
_COMPANIONS = frozenset(
    [
        "zixun",
        "fuwu",
        "wenti",
        "chaxun",
        "bangzhu",
        "ziliao",
        "zhichi",
        "shenqing",
        "banli",
        "yixia",
        "xiangguan",
        "fangmian",
    ]
)
_WEAK = "policy:政策"  # says the least of two


def near_command(words: str, exact: Mapping[str, str]) -> tuple[str, str] | None:
    """The command of two characters that sounds most like these two, with its label: one syllable is the same, of the
    other the beginning or the end. None where nothing or several are alike."""
    if len(words) != 2 or not all("\u4e00" <= char <= "\u9fff" for char in words):
        return None
    said = _syllables(words)
    meant = {command: _syllables(command) for command in _COMMANDS if command in exact}
    alike = [c for c, sound in meant.items() if sound == said] or [
        c for c, sound in meant.items() if _is_alike(said, sound)
    ]
    labels = {exact[command] for command in alike}
    return (min(alike), labels.pop()) if len(labels) == 1 else None


def typed_in_parts(words: str, letters: Mapping[str, str], exact: Mapping[str, str]) -> str | None:
    """The label of a message of Latin pieces of which one is the initials of a menu word, and the others initials,
    pinyin of a word, or pinyin of what goes with any word: «rc zhengce», «fl zixun»."""
    parts = words.split()
    if len(parts) < 2 or _INITIALS_OF_MENU.keys().isdisjoint(parts):
        return None
    found = [exact.get(_INITIALS_OF_MENU.get(part, "")) or letters.get(part) for part in parts]
    if not all(label or part in _COMPANIONS for part, label in zip(parts, found, strict=True)):
        return None
    labels = [label for label in found if label]
    return next((label for label in labels if label != _WEAK), labels[0])


@lru_cache(maxsize=4096)
def _syllables(words: str) -> tuple[tuple[str, str], ...]:
    heads = lazy_pinyin(words, style=Style.INITIALS, strict=False)
    tails = lazy_pinyin(words, style=Style.FINALS, strict=False)
    return tuple(zip(heads, tails, strict=True))


def _is_alike(said: tuple[tuple[str, str], ...], meant: tuple[tuple[str, str], ...]) -> bool:
    same = [one == other for one, other in zip(said, meant, strict=True)]
    near = [one[0] == other[0] or one[1] == other[1] for one, other in zip(said, meant, strict=True)]
    return any(same) and all(near)
