"""Choices offered to a person by letter; digits keep meaning the main menu (domain §7.1)."""

from __future__ import annotations

from bot.chat.context import Context
from bot.understanding.labels import NAMES, name_of

ALWAYS = ("policy:政策", "policy:金融", "events")


def offer(ctx: Context, intents: list[str]) -> str:
    """Three likely topics, each with its letter, kept so that the letter chooses it."""
    named = [i for i in intents if i.startswith("policy:specific:") or i in NAMES]
    topics = list(dict.fromkeys([*named, *ALWAYS]))[:3]
    ctx.remember(list=topics)
    return "\n".join(f"{letter} {name_of(topic)}" for letter, topic in zip("ABC", topics, strict=False))
