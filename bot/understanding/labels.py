"""The labels of domain §7.2 in which answers are compared: intents, the documents that have a label of their own, and
what a person calls an intent."""

from __future__ import annotations

from collections.abc import Mapping

from bot.understanding.phrases import SPECIFIC

# Short names in use as labels (domain §8.3); any other document counts as its category.
_SHORT_NAMES = """
    民营经济促进法 民营经济31条 民营经济28条 优化营商环境条例 中小企业促进条例 中小企业促进法 个体工商户条例 公平竞争审查条例 接诉即办条例 数字空间措施
    石惠十条 增值税衔接公告 小微税费公告 款项支付条例 续贷通知 背靠背批复 万所联万会 景贤人才 稳就业通知
"""
SHORT_NAMES = frozenset(_SHORT_NAMES.split())
NAMES = {
    "policy:政策": "惠企政策", "policy:法律": "法律服务", "policy:金融": "融资服务", "policy:人才": "人才服务",
    "policy:税费": "税费政策", "appeal": "提诉求", "appeal_status": "查诉求进度", "study": "学习资料",
    "subscribe_study": "订阅学习推送", "unsubscribe_study": "退订学习推送", "events": "近期活动", "help": "使用帮助",
    "human": "转人工",
}  # fmt: skip


def label(intent: str, categories: Mapping[str, str]) -> str:
    """The label of an intent. `categories` gives the category (政策 … 税费) of each document by its short name."""
    name = intent.removeprefix(SPECIFIC)
    if name == intent or name in SHORT_NAMES or name not in categories:
        return intent
    return f"policy:{categories[name]}"


def name_of(intent: str) -> str:
    """What a person calls an intent."""
    return NAMES.get(intent, intent.rsplit(":", 1)[-1])
