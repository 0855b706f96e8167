"""What comes faster than a hand can type is only written down, and read together with the person's next words: one person's
flood must not keep others waiting, and nothing of it may be lost.

Its rows are those of the messages themselves (`Inbound`). Words of danger never wait, nor does anything but text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select, update

from bot.chat import unfiled
from bot.chat.context import Context
from bot.chat.dispatch import Answered, dispatch
from bot.chat.router import Routes
from bot.understanding.emergency import emergency
from bot.wechat.replies import Reply, Silence, Text
from models.inbound import Inbound

INTENT, READ = "set_aside", "set_aside_read"
TOGETHER = 2000  # characters that are read as one message
WAIT = "您发得很快，这几条都记下了，还没有来得及看。请停几秒，再发一句话，就和前面的一起接着办。"


def answer(routes: Routes, hurried: bool, ctx: Context) -> Answered:
    """The answer to a message: written down only while its sender hurries; else everything that was written down is read
    first."""
    message = ctx.message
    if message.kind == "event" and message.event != "click":
        return dispatch(routes, ctx)
    if (hurried or ctx.recalled("aside") is not None) and emergency(message.text):
        return dispatch(routes, ctx)
    if hurried and message.kind == "text" and not message.menu_item_id:
        return _write_down(ctx)
    return dispatch(routes, ctx) if ctx.recalled("aside") is None else _read_together(routes, ctx)


def _write_down(ctx: Context) -> Answered:
    """The row of the message keeps its words; the person is told once."""
    if ctx.recalled("aside") is not None:
        return Answered(Silence(), INTENT)
    ctx.remember(aside=True)
    return Answered(Text(WAIT), INTENT)


def _read_together(routes: Routes, ctx: Context) -> Answered:
    lines = _take_written_down(ctx)
    ctx.remember(aside=None)
    replies = [
        _read(routes, ctx, part) for part in _parts([one for one in lines if not unfiled.is_no_matter(one)])
    ]
    then = dispatch(routes, ctx)
    if not replies or not isinstance(replies[-1], Text) or not isinstance(then.reply, Text):
        return then
    said = f"刚才连着发来的{len(lines)}条，合在一起看了：\n{replies[-1].content}\n\n———\n{then.reply.content}"
    return replace(then, reply=replace(then.reply, content=said))


def _take_written_down(ctx: Context) -> list[str]:
    """The words that wait, oldest first; each is taken once. Nothing else of this person goes on meanwhile: the turn has
    their rows locked."""
    mine = (Inbound.openid == ctx.openid, Inbound.intent == INTENT)
    rows = ctx.db.execute(select(Inbound.id, Inbound.text).where(*mine).order_by(Inbound.id)).all()
    taken = update(Inbound).where(Inbound.id.in_([row.id for row in rows])).values(intent=READ)
    ctx.db.execute(taken, execution_options={"synchronize_session": False})
    return [row.text for row in rows if row.text]


def _read(routes: Routes, ctx: Context, words: str) -> Reply:
    """Answer these words as if they had been one message."""
    present, ctx.message = ctx.message, replace(ctx.message, kind="text", text=words, menu_item_id=None)
    reply = dispatch(routes, ctx).reply
    ctx.message, ctx.text, ctx.groups, ctx.understanding = present, "", {}, None
    return reply


def _parts(lines: Sequence[str]) -> list[str]:
    """The lines in their order, joined as far as one message goes."""
    parts: list[str] = []
    for line in lines:
        if parts and len(parts[-1]) + len(line) < TOGETHER:
            parts[-1] = f"{parts[-1]}\n{line}"
        else:
            parts.append(line)
    return parts
