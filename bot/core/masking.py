"""Names and numbers as they may be shown (domain §6): 王*, 欧阳**, 138****8000, 110107********1234. Pure."""

from __future__ import annotations

import re

_SURNAMES = (
    "欧阳 上官 司马 诸葛 皇甫 尉迟 公孙 慕容 令狐 司徒 司空 夏侯 东方 南宫 西门 长孙 宇文 轩辕 端木 百里 呼延 "
    "独孤 闻人 澹台 公冶 宗政 濮阳 淳于 单于 太叔 申屠 钟离 鲜于 闾丘 亓官 仲孙 公羊 赫连 万俟 拓跋 第五 "
    "左丘 东郭 南门 谷梁 段干 乐正 漆雕 公西 壤驷 巫马 梁丘 羊舌 微生 宰父 颛孙"
)
_COMPOUND = frozenset(_SURNAMES.split())
_FIRST, _LAST = 3, 4  # digits of a phone that stay


def masked_name(name: str | None) -> str:
    """A person's name with its surname alone; "" for none. A note behind it in brackets is left out."""
    spoken = "".join((name or "").partition("（")[0].split())
    if not spoken:
        return ""
    surname = spoken[:2] if spoken[:2] in _COMPOUND and len(spoken) > 2 else spoken[:1]
    return surname + "*" * max(1, len(spoken) - len(surname))


def masked_phone(phone: str | None) -> str:
    """Mobile or landline numbers with their first and last digits alone; "" for none."""
    return "、".join(map(_masked_one, numbers_of(phone)))


def numbers_of(phone: str | None) -> list[str]:
    """The numbers that a case's phone holds, each with its extension."""
    return [number for number in (phone or "").split("、") if number]


def _masked_one(phone: str) -> str:
    number, extension, inside = phone.partition("转")
    if len(number) < _FIRST + _LAST + 1:
        return "****"
    return f"{number[:_FIRST]}****{number[-_LAST:]}{extension}{inside}"


def masked_number(number: str) -> str:
    """An identity or bank number with its first six and last four characters alone."""
    return f"{number[:6]}{'*' * max(4, len(number) - 10)}{number[-4:]}"


def phone_tail(phone: str | None) -> str | None:
    """The last four digits of the first number, by which a masked one is found; None when there are fewer. An
    extension does not count: people know the number before it."""
    first = next(iter(numbers_of(phone)), "")
    digits = re.sub(r"\D", "", first.partition("转")[0])
    return digits[-_LAST:] if len(digits) >= _LAST else None
