"""Following, coming back, scanning a code, leaving. Its verbs are in bot/followers."""

from __future__ import annotations

from bot.chat.context import Context
from bot.chat.router import Router
from bot.followers import people
from bot.wechat.replies import Reply, Silence, Text

router = Router("关注")


@router.event("subscribe", help="关注后的欢迎语；扫带参二维码来的，记下来源")
def welcome(ctx: Context) -> Reply:
    person = ctx.follower
    person.subscribed, person.subscribed_at, person.unsubscribed_at = True, ctx.now, None
    person.scene = (ctx.message.scene or "")[:64] or person.scene
    people.recognise(ctx.db, ctx.services, person)
    return Text(f"{ctx.library.say('welcome')}\n\n{ctx.library.say('menu')}")


@router.event("scan", help="已关注的人扫带参二维码")
def scan(ctx: Context) -> Reply:
    ctx.follower.subscribed = True
    ctx.follower.scene = (ctx.message.scene or "")[:64] or ctx.follower.scene
    return Text(f"扫码成功，欢迎回来。\n\n{ctx.library.say('menu')}")


@router.event("unsubscribe", help="取消关注：按平台规则删除个人信息，未办结的诉求继续办理")
def farewell(ctx: Context) -> Reply:
    ctx.db.flush()
    people.erase(ctx.db, ctx.services, ctx.follower, ctx.now)
    ctx.db.delete(ctx.conversation)
    ctx.db.delete(ctx.follower)
    return Silence()
