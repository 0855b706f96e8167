"""Words that nothing has taken yet: kept, so that one digit files them as an appeal with the words in it.

What nothing took is kept for a day. A question that was answered is kept for some minutes: the answer may not have helped.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from bot.chat.context import Context
from bot.understanding.normalise import normalise
from bot.understanding.phrases import SPECIFIC
from bot.understanding.stickers import is_wordless
from bot.wechat.replies import plain

KEPT = timedelta(hours=24)
TOGETHER = timedelta(minutes=10)  # words that come within this time of the last ones belong to them
MOST = 60_000  # characters; each message is also stored by itself
SHOWN = 30  # characters of kept words
A_MATTER = 8  # characters of a question, besides a document's name, that say what it is about
A_STRAY_MATTER = 16  # the same where the answer was about something that is seldom an appeal
_MOVES_ON = re.compile(  # bounded: a longer text says something
    r"(?:[\W\d_]|sq|确认|确定|同意|提交|撤回|撤销|撤诉|取消|删除|放弃|完成|返回|退出|继续|填写|重新|上一步|下一步|提?诉求|查?进度|编号|补充|订阅|退订|菜单"
    r"|帮助|转?人工|客服|要|想|请|先|我|不|是|对|好|行|可以|谢谢|多谢|感谢|收到|知道|明白|嗯|哦|啊|哈|呵|吧|了|的|呢|吗|一下|没有|没事|用|算|你们?|您|早上|晚上|在|有人|老师|再见|拜拜|ok|yes|no){1,40}"
)
_ASKED = ("policy:", "appeal_status")
_COMMANDS = ("subscribe_study", "unsubscribe_study", "appeal", "offtopic")


def keep(ctx: Context, words: str, *, offered_again: bool = False) -> None:
    """Add these words to those said just before; older words are dropped. What only moves a conversation on is no matter.

    `offered_again`: they tell a trouble that was answered with a rule; at the next contact they are offered once more.
    """
    if is_no_matter(words):
        return
    before, words = _kept_words(ctx), words.strip()
    if before and _age(ctx, before) <= TOGETHER and words not in before["text"]:
        words = f"{before['text']}\n{words}"
    if words:
        again = {"again": True} if offered_again or (before or {}).get("again") else {}
        ctx.remember(pending={"text": words[-MOST:], "at": ctx.now.isoformat(), **again})


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


def offer_again(ctx: Context) -> str:
    """What to say of a trouble that was told in an earlier conversation and answered with a rule; once, else ""."""
    kept_words = _kept_words(ctx)
    if kept_words is None or not kept_words.get("again") or _age(ctx, kept_words) <= TOGETHER:
        return ""
    if kept(ctx) is None or ctx.conversation.form is not None:
        return ""
    ctx.remember(pending={**kept_words, "again": False})
    words = " ".join(str(kept_words["text"]).split())
    shown = plain(words[:SHOWN]) + ("……" if len(words) > SHOWN else "")
    return f"您之前写的「{shown}」还没有交给我们办；要办请回复 6，写过的会带上，不办就不用理会。"


def is_no_matter(words: str) -> bool:
    """Whether nothing is said but faces, commands and courtesies: 确认撤回, 好的谢谢, [微笑]."""
    return is_wordless(words) or bool(_MOVES_ON.fullmatch(normalise(words)))


def is_old(ctx: Context) -> bool:
    """Whether the kept words were said in an earlier conversation, not just now."""
    kept_words = _kept_words(ctx)
    return kept_words is not None and _age(ctx, kept_words) > TOGETHER


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
