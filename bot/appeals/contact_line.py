"""Name and phone as people write them in one line. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

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
_DASHES = re.compile(r"[‐‑‒–—―－﹣_.．·/]")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s()-]+(?=\d)")
_PHONE = re.compile(
    r"(?<!\d)(1[3-9]\d{9}|0\d{9,11}|[48]00\d{7})(?:\D{0,3}(?:转|分机|ext)\D{0,2}(\d{1,6}))?(?!\d)",
    re.IGNORECASE,
)
_COUNTRY = re.compile(r"(?<!\d)(?:\+?0{0,2}86)[\s-]*(?=1[3-9]\d)")
_FILLERS = re.compile(
    r"(?:联系)?(?:电话|手机|座机|固话|号码|方式)(?:号码?)?(?:是|为)?|联系人|姓名|名字|我叫|叫我|我是|我姓|微信(?:同号|号)?|tel|phone|同微信|谢谢|您好|你好",
    re.IGNORECASE,
)
_MARKS = re.compile(r"[\s,，、:：;；。.!！()（）\[\]【】/+\-|]+")
MOST_NAME = 30


@dataclass(frozen=True)
class Contact:
    """What was found; "" for what was not. `odd` when there are digits that make no whole phone number."""

    name: str = ""
    phone: str = ""
    odd: bool = False


def read_contact(text: str) -> Contact:
    """The name and the first phone in a line; a mobile number or a landline with its area code."""
    line = _BETWEEN_DIGITS.sub("-", _DASHES.sub("-", unicodedata.normalize("NFKC", text)))
    line = _COUNTRY.sub("", line)
    joined = re.sub(r"(?<=\d)-(?=\d)", "", line)
    found = _PHONE.search(joined)
    rest = _PHONE.sub(" ", joined)
    name = _MARKS.sub(" ", _FILLERS.sub(" ", rest)).strip()
    name = re.sub(r"^(?:是|叫)\s*|\s*(?:是|先生您好)$", "", name).strip()
    if found is None:
        odd = sum(c.isdigit() for c in name) >= 3
        return Contact("" if odd else _usable(name), "", odd)
    return Contact(_usable(name), _written(found))


def _written(found: re.Match[str]) -> str:
    number, extension = found.group(1), found.group(2)
    if number.startswith("0"):
        code = 3 if number[1] in "12" else 4
        number = f"{number[:code]}-{number[code:]}"
    return f"{number}转{extension}" if extension else number


def _usable(name: str) -> str:
    """A name, or "" for what cannot be one."""
    digits = sum(c.isdigit() for c in name)
    return name if 1 <= len(name) <= MOST_NAME and digits < 3 and name not in NOT_A_NAME else ""
