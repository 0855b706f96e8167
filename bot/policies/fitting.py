"""What a self-check of a package's conditions says, and how yes and no are said. Pure."""

from __future__ import annotations

import re

from bot.content.records import CAVEAT, Condition, Grade, PolicyDocument
from bot.policies.facets import decided_by

_NO = re.compile(
    r"(?:不是|不|否|没有?|没|无|非|不符合|没达到|达不到|不满足|不够|不算|不对|还没有?|暂时?没有?|不能|没交|没办)(?:的|呢|啊|吧|呀|哦)?"
)
_YES = re.compile(
    r"(?:是|有|对|嗯|符合|满足|达到|够|算|可以|能|对的|当然|肯定|都?有|都?是|都?符合|没错|ok|yes|y)(?:的|了|呢|啊|吧|呀|哦|过)?"
)
_UNSURE = re.compile(r"(?:我?不太?(?:清楚|知道|确定|懂|明白)|不好说|说不准|可能|也许|大概|应该|不一定|看情况|都行|随便|什么意思)(?:吧|呢|啊|是|有)?")  # fmt: skip


def yes_or_no(words: str) -> bool | None:
    """Whether the normalised words say yes or no; None for anything else."""
    if _NO.fullmatch(words):
        return False
    return True if _YES.fullmatch(words) else None


def is_unsure(words: str) -> bool:
    """Whether the person does not know the answer."""
    return bool(_UNSURE.fullmatch(words))


def fits(policy: PolicyDocument) -> str:
    """Every condition that is held was answered as it should be."""
    read = "；".join(dict.fromkeys(check.source for check in policy.checks))
    return (
        f"{policy.short_name}：按您的回答，上面几条都对得上（依据：{read}{_caveat(policy.checks)}）。\n"
        f"这只是对照列出的几条，最后{_decision(policy)}。\n"
        "下一步：回复「材料」看要准备什么，「怎么申请」看流程；拿不准请打12345，或回复 0 转人工。"
    )


def does_not(policy: PolicyDocument, check: Condition) -> str:
    """One condition speaks against it, and what its clause says."""
    return (
        f"{policy.short_name}：按您的回答，这一条对不上。\n"
        f"{check.otherwise}（依据：{check.source}{_caveat((check,))}）\n"
        f"这只是自查，最后{_decision(policy)}。回复「类似的」看相近的政策，情况特殊请打12345，或回复 0 转人工。"
    )


def _decision(policy: PolicyDocument) -> str:
    return decided_by(policy.decider) if policy.decider else "由主管部门定"


def _caveat(checks: tuple[Condition, ...]) -> str:
    return f"，{CAVEAT}" if any(check.grade is Grade.C for check in checks) else ""
