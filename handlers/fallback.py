"""Everything else gets a next step too: small talk, what nothing understood, dangers."""

from __future__ import annotations

from bot.chat import choices, staff_messages, unfiled
from bot.chat.context import Context
from bot.chat.router import Router
from bot.content import unmatched
from bot.understanding.cleaning import clean
from bot.understanding.trouble import asks
from bot.wechat.replies import Reply, Text

router = Router("其他")


@router.intent("offtopic", help="闲聊、道谢、广告")
def small_talk(ctx: Context) -> Reply:
    if ctx.understanding and any(r.why == "courtesy" for r in ctx.understanding.ranked):
        return Text(ctx.library.say("thanks"))
    if (
        ctx.understanding
        and ctx.understanding.ranked[0].why == "example"
        and (held := ctx.redirect("held:likely"))
    ):
        return held
    unfiled.keep(ctx, ctx.message.text)
    return Text(ctx.library.say("offtopic"))


@router.intent("sticker", help="只有表情、没有文字的消息")
def sticker(ctx: Context) -> Reply:
    return Text(ctx.library.say("sticker"))


@router.intent("unknown", help="没有听懂的话：给三个可能，再给提诉求和转人工")
def unknown(ctx: Context) -> Reply:
    held = (
        ctx.redirect("held")
        or ctx.redirect("follow_up:loosely")
        or (ctx.redirect("held:nothing") if asks(clean(ctx.message.text)) else None)
    )
    return held or _missed(ctx)


def _missed(ctx: Context) -> Reply:
    ctx.conversation.misses += 1
    words = ctx.message.text
    unmatched.keep(ctx.db, words, "missed", ctx.now)
    unfiled.keep(ctx, words)
    if ctx.conversation.misses >= 2:
        ctx.conversation.misses = 0
        staff_messages.keep(ctx, unfiled.kept(ctx) or words, staff_messages.MISSED)
        return Text(ctx.library.say("missed_twice", until=staff_messages.promise(ctx)))
    offered = choices.offer(ctx, [r.intent for r in ctx.understanding.ranked] if ctx.understanding else [])
    return Text(ctx.library.say("fallback", choices=offered))


@router.intent("emergency", help="险情：先给110、119、120")
def emergency(ctx: Context) -> Reply:
    unfiled.keep(ctx, ctx.message.text)
    return Text(ctx.library.say("emergency"))


@router.kind("unsupported", help="看不了的消息：请用文字或图片")
def unsupported(ctx: Context) -> Reply:
    return Text(ctx.library.say("unsupported"))


@router.keyword("更多", "下一页", "还有吗", help="更多：看列表的下一页")
def more(ctx: Context) -> Reply:
    wanted = ctx.recalled("more")
    page = ctx.redirect(wanted["intent"]) if wanted else None
    return page or Text(
        "没有更多了。回复 1 政策、2 法律、3 金融、4 人才、5 税费看各类政策，或直接写您的问题。"
    )
