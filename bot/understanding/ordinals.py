"""Words that point to something that was shown: 第二个, 最后一份, 选B, 上面那个, 上一期, 第3期. Pure.

A bare digit is never one of them: it stays the main menu's (domain §7.1).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from bot.understanding.cleaning import clean
from bot.understanding.names import tight
from bot.understanding.normalise import number_of, strip_openers

LONGEST = 30  # characters of a message that may point


class Way(Enum):
    """How something is pointed to."""

    PLACE = auto()  # by its place in a list; negative places count from the end
    THAT = auto()  # 上面那个: what was shown last
    ARTICLE = auto()  # 第3条: of a law, or of a list
    ISSUE = auto()  # 第3期
    STEP = auto()  # 上一期 -1, 下一期 +1, 最新一期 0


@dataclass(frozen=True)
class Pointed:
    """What is pointed to, and the words that are left: 要什么材料 of 第二个要什么材料."""

    way: Way
    number: int = 0
    rest: str = ""


_N = r"([0-9]{1,3}|[一二三四五六七八九十两]{1,3})"
_UNIT = r"(?:个|份|条|项|件|款|家|篇|种|本|位|张|则|部|类|行)"
_THING = r"(?:的)?(?:政策|文件|系列|诉求|活动|指引|事项|材料包|包|选项|那个|那份|那条|那项|那件)?"
_HEAD = re.compile(
    r"(?:把|那|就|我|想|要|先|再|请|帮我|给我|麻烦|看一?下|看看|看|查一?下|查看|查|打开|点开|点|选择|选|说说|讲讲|介绍一?下|展开|来|读|了解一?下|问一?下|问|发我|发|回复|关于|列表里?的?|里面的?|上面的?|刚才的?|你说的|说的|列的)+"
)
_TAIL = re.compile(
    r"(?:是怎么回事|怎么回事|吧|呢|啊|呀|哈|的|了|谢谢|看看|看一下|看下|给我|详细|详情|怎么样|怎么说|是什么|是啥|内容|要点|讲讲|说说|介绍一?下)*"
)
_LETTER = re.compile(rf"([a-h])(?:(?:这|那)?{_UNIT}?{_THING})(?![a-z])")
_NUMBERED = (
    (re.compile(rf"第{_N}期"), Way.ISSUE),
    (re.compile(rf"第{_N}条(?:政策|文件|指引)?"), Way.ARTICLE),
)
_STEPS = (
    (re.compile(r"(?:上|前)[一1]?期|上(?:个|一)?(?:星期|周)的?(?:那期|那篇)?"), -1),
    (re.compile(r"(?:下|后)[一1]?期"), 1),
    (re.compile(r"(?:最新|最近|本|这)(?:的)?[一1]?期"), 0),
)
_PLACES = (
    (re.compile(rf"([1-8一二三四五六七八])号(?:(?:那|这)?{_UNIT}{_THING}|$|(?=是|怎|要|的))"), 1),
    (re.compile(rf"(?:倒数|倒着数)第?{_N}{_UNIT}?{_THING}"), -1),
    (re.compile(rf"第{_N}(?:{_UNIT}{_THING}|(?=$|呢|吧|的|要|是|怎|有|需|在|多|给|什))"), 1),
)
_NAMED = (
    (
        re.compile(rf"(?:最后头?|末尾|最下[面头]?|最底下?|最末|压轴|收尾)(?:的)?[一1那这]?{_UNIT}?{_THING}"),
        -1,
    ),
    (
        re.compile(
            rf"(?:最前[面头]?|最上[面头]?|最开头|打头|开头|头|首)(?:的)?[一1那这]?{_UNIT}{_THING}|(?:最前|最上)[面头]的?"
        ),
        1,
    ),
    (re.compile(rf"(?:正?中间|当中)(?:的)?[一1那这]?{_UNIT}{_THING}"), 3),
)
_THAT = re.compile(
    rf"(?:(?:上面|上边|刚才|刚刚|刚|前面|上头|方才)(?:的|说的|那|这|发的|提的|看的)*[一1]?{_UNIT}{_THING}|(?:上|前)[一1]?{_UNIT}{_THING}|(?:那|这){_UNIT}{_THING})"
)


def pointed(text: str) -> Pointed | None:
    """What the words point to, or None when they begin otherwise."""
    words = tight(strip_openers(clean(text)))
    if not words or len(words) > LONGEST:
        return None
    head = _HEAD.match(words)
    tries = [words[head.end() :], words] if head else [words]
    return next((found for one in tries if (found := _at_the_head(one))), None)


def _at_the_head(words: str) -> Pointed | None:
    for pattern, way in _NUMBERED:
        if (match := pattern.match(words)) and (value := number_of(match.group(1))):
            return Pointed(way, value, _rest(words, match))
    for pattern, sign in _PLACES:
        if (match := pattern.match(words)) and (value := number_of(match.group(1))):
            return Pointed(Way.PLACE, sign * value, _rest(words, match))
    for patterns, way in ((_NAMED, Way.PLACE), (_STEPS, Way.STEP)):
        for pattern, number in patterns:
            if match := pattern.match(words):
                return Pointed(way, number, _rest(words, match))
    if match := _LETTER.match(words):
        return Pointed(Way.PLACE, ord(match.group(1)) - ord("a") + 1, _rest(words, match))
    match = _THAT.match(words)
    return Pointed(Way.THAT, 0, _rest(words, match)) if match else None


def _rest(words: str, match: re.Match[str]) -> str:
    rest = words[match.end() :]
    return "" if _TAIL.fullmatch(rest) else rest
