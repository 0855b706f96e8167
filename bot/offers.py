"""Choices offered to a person by letter; digits keep meaning the main menu (domain §7.1)."""

from __future__ import annotations

import re

from bot.context import Context

_NUMBERS = re.compile(r"[0-9０-９]{4,}")
NAMES = {
    "policy:政策": "惠企政策", "policy:法律": "法律服务", "policy:金融": "融资服务", "policy:人才": "人才服务",
    "policy:税费": "税费政策", "appeal": "提诉求", "appeal_status": "查诉求进度", "study": "学习资料",
    "subscribe_study": "订阅学习推送", "unsubscribe_study": "退订学习推送", "events": "近期活动", "help": "使用帮助",
    "human": "转人工",
}  # fmt: skip
ALWAYS = ("policy:政策", "policy:金融", "events")


def offer(ctx: Context, intents: list[str]) -> str:
    """Three likely topics, each with its letter, kept so that the letter chooses it."""
    named = [i for i in intents if i.startswith("policy:specific:") or i in NAMES]
    topics = list(dict.fromkeys([*named, *ALWAYS]))[:3]
    ctx.remember(list=topics)
    return "\n".join(f"{letter} {name_of(topic)}" for letter, topic in zip("ABC", topics, strict=False))


def name_of(intent: str) -> str:
    """What a person calls an intent."""
    return NAMES.get(intent, intent.rsplit(":", 1)[-1])


def without_numbers(text: str) -> str:
    """A text with its long numbers blotted out: phones, identity and bank numbers are not kept."""
    return _NUMBERS.sub("□", text)[:500]
