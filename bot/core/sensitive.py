"""What need not be in a chat (PIPL Art. 28–29), found and masked: identity and bank numbers, illness, children. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from bot.core.masking import masked_number, masked_phone

_GAP = r"[ \u00a0\-－]?"
_IDENTITY = re.compile(rf"(?<![0-9A-Za-z])[1-8]\d{{5}}{_GAP}\d{{8}}{_GAP}\d{{3}}[\dXx](?![0-9A-Za-z])")
_CARD = re.compile(rf"(?<![0-9A-Za-z])[3-6]\d{{3}}(?:{_GAP}\d){{11,15}}(?![0-9A-Za-z])")
_ACCOUNT = re.compile(r"((?:卡号|账号|帐号|账户|帐户|银行卡|卡)[是为号:：\s]{0,4})(\d{12,22})(?!\d)")
_JOIN = r"[ \-]?"  # what stands between a number's groups, when it is folded
_PHONE = re.compile(
    rf"(?<![\d.])(?:\+?(?:00)?86{_JOIN})?"
    rf"(?:1[3-9](?:{_JOIN}\d){{9}}"
    rf"|\(?0(?:10|2\d|[3-9]\d\d)\)?{_JOIN}\d{{3,4}}{_JOIN}\d{{4}}"
    rf"|[48]00{_JOIN}\d{{3,4}}{_JOIN}\d{{3,4}})(?!\d)"
)
_NAMED_PHONE = re.compile(r"(?:电话|座机|手机|致电|拨打|打)[^\d\n]{0,4}(\d{7,8})(?!\d)")
_CUT_PHONE = re.compile(r"(?<!\d)1[3-9]\d{3,8}(?=…$)")  # at the end of a title that was cut
_AS_USUAL = str.maketrans(
    {0xFF10 + digit: str(digit) for digit in range(10)}
    | dict.fromkeys(map(ord, "‐‑‒–—―－_·./"), "-")
    | dict.fromkeys(
        [0xA0, 0x3000, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x202A, 0x202C, 0x2060, 0xFEFF], " "
    )
    | {ord("＋"): "+", ord("（"): "(", ord("）"): ")"}
)  # a character each, so that places stay
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643
_CHECK = "10X98765432"
_HEALTH = re.compile(
    r"病历|病史|确诊|诊断书|诊断证明|化验单|体检报告|住院|手术|怀孕|流产|艾滋|乙肝|癌症|肿瘤|抑郁症|精神病|残疾证"
)
_MINOR = re.compile(
    r"未成年|未满十四|未满14|不满十四|不满14|(?:[1-9]|1[0-3]|[一二三四五六七八九十]|十[一二三])岁的?(?:孩子|小孩|儿子|女儿|儿童)|幼儿园|小学生"
)
IDENTITY, BANK, HEALTH, MINOR = "身份证号", "银行卡号", "病情等健康信息", "未成年人的信息"


def found_in(text: str) -> list[str]:
    """The kinds of sensitive matter in a text, in their Chinese names."""
    identities = [number for number in _numbers_in(_IDENTITY, text) if is_identity(number)]
    cards = [number for number in _numbers_in(_CARD, text) if is_card(number) and number not in identities]
    named = (
        (IDENTITY, bool(identities)),
        (BANK, bool(cards) or bool(_ACCOUNT.search(text))),
        (HEALTH, bool(_HEALTH.search(text))),
        (MINOR, bool(_MINOR.search(text))),
    )
    return [name for name, there in named if there]


def warning(text: str) -> str:
    """A sentence for someone who typed what need not be known, else ""."""
    found = found_in(text)
    return f"\n提醒：内容里像有{'、'.join(found)}，办理一般不需要，今后请不要发。" if found else ""


def masked_text(text: str, *, phones: bool = False) -> str:
    """A text with its identity and bank numbers masked, and phones too when a case is anonymised."""
    text = _IDENTITY.sub(_mask_if(is_identity), text)
    text = _CARD.sub(_mask_if(is_card), text)
    text = _ACCOUNT.sub(lambda match: match[1] + masked_number(match[2]), text)
    return _without_phones(text) if phones else text


def _without_phones(text: str) -> str:
    """The text with its telephone numbers masked, however they are written."""
    usual = text.translate(_AS_USUAL)
    places = [(*match.span(), match[0]) for match in _PHONE.finditer(usual)]
    places += [(*match.span(1), match[1]) for match in _NAMED_PHONE.finditer(usual)]
    places += [(*match.span(), "") for match in _CUT_PHONE.finditer(usual)]
    end = len(text)
    for start, stop, number in sorted(places, reverse=True):
        if stop <= end:
            text, end = f"{text[:start]}{_shown(number)}{text[stop:]}", start
    return text


def _shown(number: str) -> str:
    digits = re.sub(r"\D", "", number)
    return masked_phone(re.sub(r"^(?:00)?86(?=1[3-9]\d{9}$)", "", digits))


def is_identity(number: str) -> bool:
    """Whether 18 characters are an identity number: a day that exists and the check digit of GB 11643."""
    if len(number) != 18 or not number[:17].isdecimal():
        return False
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return number[17].upper() == _CHECK[total % 11]


def is_card(number: str) -> bool:
    """Whether 15 to 19 digits are a card's by Luhn's rule."""
    if not number.isdecimal() or not 15 <= len(number) <= 19:
        return False
    doubled = (int(digit) * 2 for digit in number[-2::-2])
    return (sum(d - 9 if d > 9 else d for d in doubled) + sum(map(int, number[::-2]))) % 10 == 0


def _numbers_in(pattern: re.Pattern[str], text: str) -> list[str]:
    return [_without_gaps(match[0]) for match in pattern.finditer(text)]


def _without_gaps(written: str) -> str:
    return re.sub(_GAP[:-1], "", written)


def _mask_if(fits: Callable[[str], bool]) -> Callable[[re.Match[str]], str]:
    """A replacement that masks the numbers that fit and leaves the rest as it is."""

    def mask(match: re.Match[str]) -> str:
        number = _without_gaps(match[0])
        return masked_number(number) if fits(number) else match[0]

    return mask
