"""The answers of the appeal form that one message gives, and how they are shown to be checked. Pure."""

from __future__ import annotations

from typing import Any

from bot.appeals.said_at_once import Said
from bot.wechat.replies import plain

CATEGORY_WORDS = {
    "贷款": "融资", "资金": "融资", "欠款": "账款拖欠", "拖欠": "账款拖欠", "工程款": "账款拖欠", "招聘": "用工人才",
    "人才": "用工人才", "房租": "用地用房", "租金": "用地用房", "审批": "审批许可", "执法": "执法检查", "税": "税费社保",
    "社保": "税费社保", "招标": "市场准入与招投标", "专利": "知识产权", "商标": "知识产权", "合同": "合同纠纷", "停电": "基础设施（水电气网路）",
    "停车": "物业与停车", "物业": "物业与停车", "补贴": "政策兑现", "兑现": "政策兑现",
}  # fmt: skip


def of(said: Said) -> dict[str, Any]:
    """The answers that one message gives; what is not sure is asked."""
    known: dict[str, Any] = {"read": True, "facts": said.facts, "type": _type_of(said.facts)}
    meant = {category for word, category in CATEGORY_WORDS.items() if word in said.facts}
    if len(meant) == 1:
        known["category"] = meant.pop()
    if said.company:
        known["company"] = said.company
    if said.name and said.phone:
        known |= {"anonymous": False, "contact": said.name, "phone": said.phone}
    return known


def _type_of(words: str) -> str:
    return next((kind for kind in ("举报", "建议", "投诉", "咨询") if kind in words), "求助")


def card(known: dict[str, Any]) -> str:
    """What was read, each line to be corrected by a word."""
    lines = [f"类型：{known['type']}"]
    lines += [f"类别：{known['category']}"] if "category" in known else []
    lines += [f"企业：{plain(known['company'])}"] if "company" in known else []
    lines += [f"联系：{plain(known['contact'])} {known['phone']}"] if "contact" in known else []
    return (
        "从您的话里记下了：\n"
        + "\n".join(lines)
        + "\n不对就说，如「公司改成…」「电话写错了」「类别改一下」。"
    )
