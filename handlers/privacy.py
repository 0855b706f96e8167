"""我的信息, 删除我的信息: what we hold of a person, and having it deleted (PIPL Art. 44–47)."""

from __future__ import annotations

from sqlalchemy import func, select

from bot import appeals, people, profile_form
from bot.context import Context
from bot.conversation import Again, Answers, Form, Next, Step, Taken, choice
from bot.replies import Reply, Text, plain
from bot.router import Router
from models.appeal import of_appellant
from models.policy import Favourite
from models.profile import profile_of
from models.study import subscribed_series

router = Router("我的信息")


@router.keyword("我的信息", "隐私", "个人信息", help="我的信息：看我们保存了什么", anywhere=True)
def mine(ctx: Context) -> Reply:
    cases = of_appellant(ctx.db, ctx.services.appellant(ctx.openid), 100)
    series = subscribed_series(ctx.db, ctx.openid)
    saved = (
        ctx.db.scalar(select(func.count()).select_from(Favourite).where(Favourite.openid == ctx.openid)) or 0
    )
    company = plain(profile_form.shown(profile_of(ctx.db, ctx.openid)).replace("\n", "，"))
    contacts = {f"{masked_name(c.contact)} {masked_phone(c.phone)}" for c in cases if c.contact or c.phone}
    return Text(
        f"我们为您保存了：\n诉求 {len(cases)} 件\n联系方式：{'、'.join(sorted(contacts)) or '无'}\n"
        f"订阅：{'、'.join(s.title for s in series) or '无'}\n收藏政策 {saved} 条\n"
        f"企业信息：{company or '没有填写'}\n\n"
        "聊天内容最多保存90天。回复「删除我的信息」可以删除；回复「完善企业信息」更正；回复「查进度」看诉求。"
    )


def masked_phone(phone: str | None) -> str:
    """A phone as it may be shown: 138****8000."""
    return f"{phone[:3]}****{phone[-4:]}" if phone and len(phone) >= 8 else ""


def masked_name(name: str | None) -> str:
    """A name as it may be shown: 王*."""
    return f"{name[0]}{'*' * (len(name) - 1)}" if name else ""


def _ask(ctx: Context, answers: Answers) -> str:
    return (
        "将删除：订阅、收藏、企业信息、草稿、聊天内容、未提交的图片，并撤回还能撤回的诉求。"
        "已在办理的诉求会继续办理，但不再与您的微信关联：之后查不到进度，联系方式在办结后删除。\n确定删除吗？\n1 删除\n2 不删除"
    )


def _take(ctx: Context, answers: Answers) -> Taken:
    picked = choice(ctx.message.text, ("删除", "不删除"))
    return Again("请回复 1 或 2。") if picked is None else Next({"sure": picked == 0})


def _finish(ctx: Context, answers: Answers) -> Reply:
    if not answers["sure"]:
        return Text("没有删除。回复「菜单」看全部服务。")
    for case in of_appellant(ctx.db, ctx.services.appellant(ctx.openid), 1000):
        if appeals.may_withdraw(case):
            appeals.withdraw(ctx.db, case)
        appeals.disown(ctx.db, case)
    ctx.db.flush()
    people.erase(ctx.db, ctx.services, ctx.follower, ctx.now)
    ctx.conversation.memory = {}
    ctx.keep_openid = False
    return Text("已删除。以后需要服务，直接发消息即可；取消关注会一并清除剩余信息。")


FORM = Form("erase", "删除个人信息", (Step("sure", _ask, _take),), _finish)


@router.keyword("删除我的信息", "注销", "删除信息", help="删除我的信息", anywhere=True)
def erase(ctx: Context) -> Reply:
    return FORM.start(ctx)


@router.state("erase", help="删除确认中")
def confirm(ctx: Context) -> Reply:
    return FORM.answer(ctx)
