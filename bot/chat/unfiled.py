"""Words that nothing has taken yet: kept, so that one digit files them as an appeal with the words in it.

What nothing took is kept for a day. A question that was answered is kept for some minutes: the answer may not have helped.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.chat.context import Context
from bot.understanding.phrases import SPECIFIC

KEPT = timedelta(hours=24)
TOGETHER = timedelta(minutes=10)  # words that come within this time of the last ones belong to them
MOST = 60_000  # characters; each message is also stored by itself
A_MATTER = 8  # characters of a question, besides a document's name, that say what it is about
A_STRAY_MATTER = 16  # the same where the answer was about something that is seldom an appeal
_ASKED = ("policy:", "appeal_status")
_COMMANDS = ("subscribe_study", "unsubscribe_study", "appeal", "offtopic")


def keep(ctx: Context, words: str) -> None:
    """Add these words to those said just before; older words are dropped."""
    before, words = _kept_words(ctx), words.strip()
    if before and _age(ctx, before) <= TOGETHER and words not in before["text"]:
        words = f"{before['text']}\n{words}"
    if words:
        ctx.remember(pending={"text": words[-MOST:], "at": ctx.now.isoformat()})


def keep_question(ctx: Context) -> None:
    """Keep a question that was answered in place of the one before; words that nothing took stay in front of it."""
    before = _kept_words(ctx)
    if not may_be_filed(ctx):
        return
    if before and "asked" not in before and _age(ctx, before) <= TOGETHER:
        keep(ctx, ctx.message.text)
    else:
        words = ctx.message.text.strip()[-MOST:]
        ctx.remember(pending={"text": words, "at": ctx.now.isoformat(), "asked": True})


def may_be_filed(ctx: Context) -> bool:
    """Whether a message that was understood by its words says enough to be somebody's matter."""
    meaning = ctx.understanding
    if (
        meaning is None
        or meaning.steps[-1].startswith(("exact:", "name:whole"))
        or meaning.intent in _COMMANDS
    ):
        return False
    name = meaning.ranked[0].why.rpartition(" ")[2] if meaning.intent.startswith(SPECIFIC) else ""
    enough = A_MATTER if meaning.intent.startswith(_ASKED) else A_STRAY_MATTER
    return len(ctx.message.text.strip()) - len(name) >= enough


def kept(ctx: Context) -> str | None:
    """What nothing has taken in the last 24 hours, or what was asked just now."""
    kept_words = _kept_words(ctx)
    if kept_words is None or _age(ctx, kept_words) > (TOGETHER if "asked" in kept_words else KEPT):
        return None
    return str(kept_words["text"])


def _kept_words(ctx: Context) -> dict[str, Any] | None:
    kept_words = ctx.recalled("pending")
    return kept_words if isinstance(kept_words, dict) else None


def _age(ctx: Context, kept_words: dict[str, Any]) -> timedelta:
    return ctx.now - datetime.fromisoformat(kept_words["at"])
