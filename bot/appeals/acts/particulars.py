"""What is written down about a case besides the appellant's own words: its grades, its company, its flags."""

from __future__ import annotations

from typing import Any, TypedDict

from bot.appeals import credit_code
from bot.appeals.fields import Field, choices_of
from bot.appeals.wording import one_of
from bot.core.masking import phone_tail
from bot.core.refusals import Refused
from models.appeals import CATEGORIES, DIFFICULTIES, MEMBERSHIPS, SIZES, TYPES, URGENCIES, Appeal

CHOICES: dict[str, tuple[tuple[str, ...], str]] = {
    "type": (TYPES, "诉求类型"),
    "category": (CATEGORIES, "问题类别"),
    "urgency": (URGENCIES, "紧急程度"),
    "difficulty": (DIFFICULTIES, "复杂程度"),
    "size": (SIZES, "企业规模"),
    "membership": (MEMBERSHIPS, "会员类别"),
}
MAY_BE_EMPTY = frozenset({"size", "membership"})
# Column -> the most characters. What the appellant wrote (`body`) is not among them.
WRITTEN: dict[str, int] = {
    "title": 64, "company": 128, "contact": 64, "phone": 32, "street": 32, "chamber": 64, "industry": 32,
    "visit_ref": 64, "opinion_ref": 64, "uscc": 18,
}  # fmt: skip
FLAGS = ("confidential", "collective")


class Company(TypedDict, total=False):
    """The columns about the company, as far as they are known."""

    street: str | None
    chamber: str | None
    industry: str | None
    size: str | None
    membership: str | None
    uscc: str | None


def write(case: Appeal, fields: dict[str, Any]) -> None:
    """Write these columns, checked. Raises Refused."""
    for name, value in fields.items():
        if name in CHOICES:
            choices, what = CHOICES[name]
            empty = not value and name in MAY_BE_EMPTY
            setattr(case, name, None if empty else one_of(value, choices, what))
        else:
            setattr(case, name, _field(name, value))
    if "phone" in fields:
        case.phone_tail = phone_tail(case.phone)


def _field(name: str, value: str | None) -> str | None:
    said = (value or "").strip()
    if name == "uscc" and said:
        code = credit_code.read(said)
        if code is None:
            raise Refused("统一社会信用代码不对：应为 18 位，最后一位是校验码。请对照营业执照重填，或留空。")
        return code
    if name == "title" and not said:
        raise Refused("请填写诉求摘要。")
    if len(said) > WRITTEN[name]:
        raise Refused(f"有一栏超过 {WRITTEN[name]} 个字，请精简后再提交。")
    return said or None


def grade_fields(case: Appeal) -> list[Field]:
    """Type, category, urgency, difficulty."""
    urgent, complex_ = "紧急：办理时限按紧急件计算。", "复杂：办理时限更长。"
    return [
        Field("type", "诉求类型", "choice", choices=choices_of(TYPES), value=case.type, needed=True),
        Field("category", "问题类别", "choice", choices=choices_of(CATEGORIES), value=case.category, needed=True),
        Field("urgency", "紧急程度", "radio", urgent, choices_of(URGENCIES), value=case.urgency),
        Field("difficulty", "复杂程度", "radio", complex_, choices_of(DIFFICULTIES), value=case.difficulty),
    ]  # fmt: skip


def company_fields(case: Appeal) -> list[Field]:
    """The company, as the ledger has it."""
    sizes, memberships = choices_of(SIZES, none="未填"), choices_of(MEMBERSHIPS, none="未填")
    return [
        Field("street", "所属街道", most=32, value=case.street or ""),
        Field("chamber", "所属商会", most=64, value=case.chamber or ""),
        Field("industry", "行业", most=32, value=case.industry or ""),
        Field("size", "企业规模", "choice", choices=sizes, value=case.size or ""),
        Field("membership", "会员类别", "choice", choices=memberships, value=case.membership or ""),
        Field("uscc", "统一社会信用代码", hint="18 位，可留空。", most=24, value=case.uscc or ""),
    ]


def flag_fields(case: Appeal) -> list[Field]:
    """Secrecy and several appellants."""
    named = "只有分管领导和承办单位能看到，不进台账导出。举报一律保密。"
    return [
        Field("confidential", "保密", "flag", named, value="1" if case.confidential else ""),
        Field("collective", "多人反映", "flag", value="1" if case.collective else ""),
    ]
