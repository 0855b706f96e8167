"""Name and phone as people write them in one line, with the words beside them. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.appeals import phone_numbers

ANONYMOUS = frozenset(
    [
        "匿名",
        "我要匿名",
        "匿名提交",
        "不留",
        "不留联系方式",
        "不想留",
        "不方便",
        "不方便留",
        "不提供",
        "无",
        "保密",
        "跳过",
        "没有",
    ]
)
NOT_A_NAME = frozenset(
    [
        "确认",
        "确定",
        "提交",
        "是",
        "是的",
        "好",
        "好的",
        "完成",
        "同意",
        "没有",
        "无",
        "下一步",
        "跳过",
        "1",
        "2",
    ]
)
MOST_NAME = 30
MOST_NOTE = 30
MOST_LINE = 500  # characters that are read: more is no contact
_FILLERS = re.compile(
    r"(?:联系)?(?:电话|手机|座机|固话|号码|方式)(?:号码?)?(?:是|为)?|联系人|姓名|名字|我叫|叫我|我是|我姓|微信(?:同号|号)?|tel|phone|同微信|谢谢|您好|你好",
    re.IGNORECASE,
)
_MARKS = re.compile(r"[\s,，、:：;；。.!！()（）\[\]【】/+|]+|(?<![A-Za-z])-+|-+(?![A-Za-z])")
# 古丽·阿依江, however the dot is typed.
_NAME_DOT = re.compile(r"(?<=[^\W\d_])\s?[·・•‧∙⋅.]\s?(?=[^\W\d_A-Za-z])")
_LINKS = frozenset(
    ["或", "或者", "和", "及", "以及", "备用", "另", "另外", "还有", "也可以", "都可以", "均可"]
)
_OTHER_ACCOUNT = re.compile(r"(?:qq|wx|wechat|微信)[号码:\s是为]{0,4}[a-z0-9_\-]{5,20}", re.IGNORECASE)
_BROKEN_NUMBER = re.compile(r"(?<![A-Za-z_\d])\d(?:[\s\-.]{0,2}\d){6,}")


@dataclass(frozen=True)
class Contact:
    """What was found; "" for what was not. `note` is what else stood there, such as when to call; `odd` when there
    are digits that make no whole phone number."""

    name: str = ""
    phone: str = ""
    odd: bool = False
    note: str = ""


def read_contact(text: str) -> Contact:
    """The name, the phones and the words behind them in a line; mobile numbers or landlines with their area code."""
    line = phone_numbers.cleaned(text)[:MOST_LINE]
    found = phone_numbers.find(line)
    if not found:
        name = _words(line)
        odd = sum(c.isdigit() for c in name) >= 3
        return Contact("" if odd else _usable(name), "", odd)
    parts = _parts_beside(line, found)
    if any(_BROKEN_NUMBER.search(_OTHER_ACCOUNT.sub(" ", part)) for part in parts):
        return Contact("", phone_numbers.joined(found), odd=True)
    name, note = _name_and_note(_words(parts[0]), [_words(part) for part in parts[1:]])
    return Contact(name, phone_numbers.joined(found), note=note)


def _parts_beside(line: str, found: Sequence[phone_numbers.Found]) -> list[str]:
    """What stands before the first number, and behind each."""
    starts = [0, *(one.end for one in found)]
    ends = [*(one.start for one in found), len(line)]
    return [line[start:end] for start, end in zip(starts, ends, strict=True)]


def _words(part: str) -> str:
    """The words of a part, without labels, marks and polite phrases."""
    dotted = _NAME_DOT.sub("·", _FILLERS.sub(" ", part))
    plain = _MARKS.sub(" ", dotted).strip()
    return re.sub(r"^(?:是|叫)\s*|\s*(?:是|先生您好)$", "", plain).strip()


def _name_and_note(before: str, behind: Sequence[str]) -> tuple[str, str]:
    """A name before the number is the name, and what stands behind it a note; else the first word behind it."""
    rest = [part for part in behind if part and part not in _LINKS]
    name = _usable(before)
    if not name and rest:
        first, more = _first_word(rest[0])
        name, rest = _usable(first), [more, *rest[1:]]
    return name, " ".join(part for part in rest if part)[:MOST_NOTE]


def _first_word(part: str) -> tuple[str, str]:
    """A name in Latin letters may have spaces in it; a Chinese one ends at the first."""
    if part.isascii():
        return part, ""
    first, _, more = part.partition(" ")
    return first, more


def _usable(name: str) -> str:
    """A name, or "" for what cannot be one."""
    digits = sum(c.isdigit() for c in name)
    return name if 1 <= len(name) <= MOST_NAME and digits < 3 and name not in NOT_A_NAME else ""
