"""Menu, help and the ways back."""

from __future__ import annotations

from bot.chat.context import Context
from bot.chat.router import Router
from bot.wechat.replies import Reply, Text

router = Router("导航")


@router.keyword("菜单", "主菜单", "目录", "首页", "返回", "退出", help="菜单：看全部服务", anywhere=True)
def menu(ctx: Context) -> Reply:
    return Text(ctx.library.say("menu"))


@router.keyword("帮助", "help", "怎么用", "使用说明", "?", help="帮助：看怎么用", anywhere=True)
def help_(ctx: Context) -> Reply:
    return Text(ctx.library.say("help"))


@router.keyword("取消", "上一步", "上一项", help="取消：放弃正在填写的内容")
def nothing_open(ctx: Context) -> Reply:
    return Text(f"现在没有正在填写的内容。\n\n{ctx.library.say('menu')}")


@router.intent("help", help="打招呼、问这里能做什么")
def greeting(ctx: Context) -> Reply:
    return Text(f"{ctx.library.say('greeting')}\n\n{ctx.library.say('menu')}")


@router.keyword("继续", "下文", "接着看", help="继续：看长文的下一段")
def go_on(ctx: Context) -> Reply | None:
    rest = ctx.recalled("rest")
    if not rest:
        return Text("没有未看完的内容。回复「菜单」看全部服务，或直接写您的问题。")
    link = ctx.recalled("rest_link")
    ctx.remember(rest=None, rest_link=None)
    return Text(rest, link=link)
