"""Events (活动): what is on."""

from __future__ import annotations

from bot.chat.context import Context
from bot.chat.router import Router
from bot.wechat.replies import Reply, Text

router = Router("活动")


@router.intent("events", help="9 活动：看近期活动")
def activities(ctx: Context) -> Reply:
    ctx.remember(list=[])  # nothing is listed: 第一个 must not mean a line of an older list
    return Text(ctx.library.say("events"))
