"""One keyword however it was typed; digits of menus and lists; case numbers (domain §7.1, §7.3 steps 1 and 3)."""

from __future__ import annotations

import re

from bot.understanding.cleaning import clean
from bot.understanding.numerals import DIGITS, in_digits, number

_EDGE = re.compile(r"^[^\w]+|[^\w]+$")
_OPENERS = """你好 您好 你们好 您们好 大家好 各位好 老师好 领导好 早上好 上午好 中午好 下午好 晚上好 早安 哈喽 哈啰 嗨 喂 在吗 在么 在不在
老师 领导 同志 亲爱的 亲 美女 帅哥 小编 请问一下 请问下 请问 请教一下 请教下 请教 麻烦问一下 麻烦问下 麻烦您 麻烦你 麻烦 打扰一下 打扰了 打扰
不好意思 我想问一下 我想问下 我想问问 我想问 想问一下 想问下 想问问 想问 问一下 问下 问问 我想请问 想请问 我想了解一下 我想了解下 我想了解
想了解一下 想了解下 想了解 我想咨询一下 我想咨询下 想咨询一下 想咨询下 我想知道 想知道 我想请教 能不能问一下 能问一下 嗯 呃 额 唉 哎 诶 啊 哦 噢 喔
那个 这个 那啥 就是说 就是 然后 是这样的 是这样 这样的 话说 对了 跟您说 跟你说 告诉我 给我说说 说一下"""
_OPENER = re.compile(
    r"(?:(?:"
    + "|".join(sorted(_OPENERS.split(), key=len, reverse=True))
    + r"|(?:hello|hi|hey)(?![a-z]))[\s,，。.!?~、:;…]*)++"
)
_NUMERAL = "[0-9" + "".join(DIGITS) + "]"
_ASKS = r"(?:我?要?想?(?:选择?|按|回复?|点|发送?|输入|扣|敲|打|键|要|查|来)(?:数字|选项|一下|个)?|数字|选项|菜单|序号|no\.?|#)"
_MENU = re.compile(
    rf"{_ASKS}?[\s:]*(?:第)?[(\[【「《<\"'“‘]*\s*({_NUMERAL})\s*[)\]】」》>\"'”’]*(?:号|个|项|键|吧|呀|啊|谢谢)*[\s.、,。:;!?~]*"
)
_LISTED = re.compile(
    rf"{_ASKS}?[\s:]*(?:第)?[(\[【「《<\"'“‘]*\s*([0-9]{{1,3}}|[{''.join(DIGITS)}十百拾佰廿]{{1,4}})\s*[)\]】」》>\"'”’]*"
    r"(?:号|个|项|键|吧|呀|啊|谢谢)*[\s.、,。:;!?~]*"
)
_CASE_HEAD = re.compile(r"(?<![a-z])s\W?q[^a-z0-9\u3400-\u9fff]*(?=[0-9零〇一二三四五六七八九])")
_CASE_GROUP = re.compile(r"[\s\-_:.,/·—–]{0,3}([0-9零〇一二三四五六七八九]+)")
_CASE_BARE = re.compile(
    r"(?<![0-9])(20[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3,6})(?![0-9])"
)
_CASE_DIGITS = 8 + 3  # a day and a serial of 3 digits at least (domain §4.1)
_LONGEST_COMMAND = 24


def normalise(text: str) -> str:
    """The keyword form: 「 ＡＢ　政策！」 and 「ab 政策」 alike; no punctuation round it, 二十八条 as 28条."""
    return _EDGE.sub("", in_digits(clean(text)))


def strip_openers(text: str) -> str:
    """A cleaned text without 您好, 请问, 嗯 … at its head; unchanged when nothing else is there."""
    match = _OPENER.match(text)
    rest = text[match.end() :] if match else text
    return rest if any(c.isalnum() for c in rest) else text


def menu_digit(text: str) -> int | None:
    """The single digit that the whole message stands for, however typed: 8, ⑧, 捌, 选5, 2., (3), 第8个."""
    if len(text) > _LONGEST_COMMAND:
        return None
    match = _MENU.fullmatch(clean(text))
    return number_of(match.group(1)) if match else None


def list_number(text: str) -> int | None:
    """The number 0–999 that the whole message stands for, in the same ways as a menu digit: 12, 十二, 第12个."""
    if len(text) > _LONGEST_COMMAND:
        return None
    match = _LISTED.fullmatch(clean(text))
    return number_of(match.group(1)) if match else None


def number_of(chars: str) -> int | None:
    """The value of Arabic or Chinese digits, or None."""
    return int(chars) if chars.isascii() and chars.isdigit() else number(chars)


def case_number(text: str) -> str | None:
    """The first case number in a text as `SQ` + digits, whatever spacing, width and case; None without one."""
    words = clean(text)
    head = _CASE_HEAD.search(words)
    if head:
        digits, at = "", head.end()
        while len(digits) < _CASE_DIGITS and (group := _CASE_GROUP.match(words, at)):
            digits, at = digits + _ascii(group.group(1)), group.end()
        if _CASE_DIGITS <= len(digits) <= _CASE_DIGITS + 6:
            return f"SQ{digits}"
    bare = _CASE_BARE.search(words)
    return f"SQ{bare.group(1)}" if bare else None


def _ascii(digits: str) -> str:
    return "".join(c if c.isdigit() and c.isascii() else str(DIGITS[c]) for c in digits)
