"""绑定: a colleague binds their own WeChat with the code that the console shows, so that alerts reach it.

Its verbs are in bot/staff/duty.py.
"""

from __future__ import annotations

from bot.chat.context import Context
from bot.chat.router import Router
from bot.staff import duty
from bot.wechat.replies import Reply, Text

router = Router("值班")
WRONG = "绑定码不对，或已过期（15分钟内有效）。请在工作台「值班」里重新生成，再发来。"


@router.pattern(
    rf"绑定\s*(?P<code>{duty.CODE.pattern})", help="绑定 绑定码：同事绑定自己的微信，接收值班提醒"
)
def bind(ctx: Context) -> Reply:
    person = duty.bind(ctx.db, ctx.groups["code"], ctx.openid)
    if person is None:
        return Text(WRONG)
    hours = ctx.services.config.wechat.custom_window_hours
    return Text(
        f"已绑定{person.name}的账户，值班提醒会发到这里。\n"
        f"微信只允许在您发来消息后的{hours}小时内主动发给您，请在值班前随便发一句话（如“值班”）。"
    )


@router.keyword("值班", help="值班：同事发一句话，接下来两天能收到值班提醒")
def here(ctx: Context) -> Reply | None:
    if not duty.is_bound(ctx.db, ctx.openid):
        return None  # somebody else asks about duty hours
    return Text("收到。接下来的值班提醒可以发到这里；退出请在工作台「值班」里解除绑定。")
