"""Interest on a payment that is late, by 保障中小企业款项支付条例 第十七条. Pure arithmetic over what the person gives.

Nothing agreed: 0.05 % a day. A rate that was agreed counts, but not below the one-year LPR at the time of signing; that
number is not known here and is never made up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from bot.content.records import IN_FORCE, Grade, PolicyDocument
from bot.understanding.cleaning import clean
from bot.understanding.normalise import number_of

SLUG = "kuan-xiang-zhi-fu-tiao-li"
ARTICLE = "第十七条"
DAILY = Decimal("0.0005")
DAYS_OF_A_YEAR = 365
CENT = Decimal("0.01")
MOST_DAYS = 36500
MOST_MONEY = Decimal(10) ** 12
_UNITS = {"亿": 10**8, "千万": 10**7, "百万": 10**6, "万": 10**4, "w": 10**4, "千": 1000, "": 1}
_HAN = "零一二三四五六七八九十百两"
# Not a part of a longer numeral: 一千二百万 is asked for again, never read as 二百万.
_MONEY = re.compile(
    rf"(?<![0-9.千万亿w{_HAN}])([0-9][0-9,]*(?:\.[0-9]+)?|[{_HAN}]{{1,7}})\s*(亿|千万|百万|万|w|千)?\s*(元|块|圆|人民币)?"
    rf"(?![0-9.千万亿{_HAN}])"
)
_DAYS = re.compile(r"([0-9]{1,5}|[" + _HAN + r"]{1,7})\s*(?:个)?(?:天|日)(?!息|利率)")
_DATE = re.compile(r"(20[0-9]{2})\s*[年./-]\s*([0-9]{1,2})\s*[月./-]\s*([0-9]{1,2})\s*[日号]?")
_PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(?:%|个点)")
_PER_DAY = re.compile(
    r"(?:每日|每天|一天|日)(?:利率|息)?.{0,3}?(?:万分之|万)([0-9.]+|[一二三四五六七八九十])"
)
_NONE = re.compile(
    r"没有?(?:约定|写|定|说|提)?|没约定|无|未约定|合同(?:里)?没(?:写|有|约定)|没写|不知道|没提|没有约定过?"
)


@dataclass(frozen=True)
class Rate:
    """What a day costs, as a share of the money, and how it is said."""

    a_day: Decimal
    said: str
    agreed: bool


NOTHING_AGREED = Rate(DAILY, "每日万分之五", agreed=False)


def clause(policy: PolicyDocument | None, day: date) -> str | None:
    """The clause as we read it, or None while it is not held with grade A or B and in force."""
    if policy is None or policy.slug != SLUG or policy.status not in IN_FORCE:
        return None
    return next((line for line in _lines(policy, day) if "万分之五" in line), None)


def _lines(policy: PolicyDocument, day: date) -> Iterator[str]:
    sure = (Grade.A, Grade.B)
    yield from (fact.text for fact in policy.facts if fact.grade in sure and fact.holds_on(day))
    if policy.grade in sure:
        yield from policy.points


def interest(money: Decimal, days: int, rate: Rate) -> Decimal:
    """The interest in yuan, to the cent."""
    return (money * rate.a_day * days).quantize(CENT, ROUND_HALF_UP)


def money_in(words: str) -> Decimal | None:
    """The amount that is named with a unit of money, or as a bare number when nothing else stands there; in yuan."""
    text = clean(words).replace("，", "")
    found = [match for match in _MONEY.finditer(_DATE.sub("", text)) if match.group(2) or match.group(3)]
    whole = _MONEY.fullmatch(text)
    match = found[0] if found else whole
    value = _value(match.group(1)) if match else None
    if match is None or value is None:
        return None
    money = value * _UNITS[match.group(2) or ""]
    return money if 0 < money <= MOST_MONEY else None


def days_in(words: str, today: date) -> int | None:
    """How many days late: 90天, a bare number, the day on which payment was due, or two days."""
    text = clean(words)
    dates = [found for match in _DATE.finditer(text) if (found := _date(match))]
    if dates:
        until = dates[1] if len(dates) > 1 else today
        days: int | None = (until - dates[0]).days
    else:
        match = _DAYS.search(text)
        days = number_of(match.group(1) if match else text.strip())
    return days if days is not None and 0 < days <= MOST_DAYS else None


def rate_in(words: str) -> Rate | None:
    """The rate that was agreed: by the year in per cent, or by the day in ten-thousandths; nothing agreed is 0.05 % a day."""
    text = clean(words).strip(" 。.!")
    if _NONE.fullmatch(text):
        return NOTHING_AGREED
    if "月" in text:
        return None  # by the month: the person has to say what it is in a year
    if (match := _PER_DAY.search(text)) and (value := _value(match.group(1))):
        return Rate(value / 10000, f"约定每日万分之{value.normalize():f}", agreed=True)
    if (match := _PERCENT.search(text)) and (value := _value(match.group(1))) and 0 < value <= 100:
        return Rate(value / 100 / DAYS_OF_A_YEAR, f"约定年利率{value.normalize():f}%", agreed=True)
    return None


def said(money: Decimal, days: int, rate: Rate, clause_words: str) -> str:
    """The result with its reckoning and its clause."""
    total = interest(money, days, rate)
    divided = f"÷{DAYS_OF_A_YEAR}" if rate.agreed and "年利率" in rate.said else ""
    floor = (
        "\n条例要求约定的利率不低于签合同时的1年期LPR；当时的LPR是多少，这里没有核实，请自己对照，低于的按LPR算。"
        if rate.agreed
        else ""
    )
    return (
        f"逾期利息约 {total:,.2f} 元\n"
        f"算法：{money:,.2f} 元 × {rate.said}{divided} × {days} 天{floor}\n"
        f"依据：保障中小企业款项支付条例{ARTICLE}——{clause_words}\n"
        "条例管的是机关、事业单位和大型企业欠中小企业的款；这是按您给的数算的，以双方确认或裁判为准。"
    )


def _value(chars: str) -> Decimal | None:
    try:
        return Decimal(chars.replace(",", ""))
    except InvalidOperation:
        counted = number_of(chars)
        return None if counted is None else Decimal(counted)


def _date(match: re.Match[str]) -> date | None:
    try:
        return date(*map(int, match.groups()))
    except ValueError:
        return None
