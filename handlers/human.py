"""Reaching a person (转人工): words are kept for the staff; self-harm goes to a person at once."""

from __future__ import annotations

from bot.chat import staff_messages
from bot.chat.context import Context
from bot.chat.forms import Again, Answers, Form, Next, Question, Taken
from bot.chat.router import Router
from bot.health import alerts
from bot.understanding.normalise import normalise
from bot.wechat.replies import Reply, Text

JOINING = "policy:specific:加入工商联和商会"  # the guide
router = Router("转人工")
SHORTEST = 2
ALERT = "有人给公众号发来有轻生念头的话，请马上看留言、马上联系。"


def _ask(ctx: Context, answers: Answers) -> str:
    return "请直接写下要找工作人员的事（可留姓名和电话）。\n回复「取消」不留言；紧急情况请拨打110、119、120。"


def _take(ctx: Context, answers: Answers) -> Taken:
    words = ctx.message.text.strip()
    if len(normalise(words)) < SHORTEST:
        return Again("还没有收到留言内容，请写几个字说明是什么事。")
    return Next({"words": words})


def _finish(ctx: Context, answers: Answers) -> Reply:
    if staff_messages.is_in_danger(ctx):
        staff_messages.keep(ctx, answers["words"], staff_messages.SELF_HARM)
        return Text(ctx.library.say("self_harm_kept"))
    staff_messages.keep(ctx, answers["words"], staff_messages.ASKED)
    return Text(ctx.library.say("message_kept", until=staff_messages.promise(ctx)))


FORM = Form("human", "留言", (Question("words", _ask, _take),), _finish, drafts=False)


@router.keyword("人工", "转人工", "人工服务", "客服", help="转人工：给工作人员留言", anywhere=True)
@router.intent("human", help="0 转人工：给工作人员留言")
def human(ctx: Context) -> Reply:
    name = "human_open" if staff_messages.is_open(ctx) else "human_closed"
    say = ctx.library.say(name, hours=staff_messages.hours(ctx), until=staff_messages.promise(ctx))
    return FORM.start(ctx, say=say)


@router.keyword(
    "上班时间", "几点上班", "工作时间", "地址", "地址在哪", "你们在哪", "在哪里", "电话", "电话多少", "联系电话", "联系方式",
    help="上班时间、地址、电话：怎么找到工商联",
)  # fmt: skip
def office(ctx: Context) -> Reply:
    if about_it := ctx.redirect("follow_up"):
        return about_it  # of the package that was shown just now
    hours = ctx.services.config.appeals
    return Text(
        f"工作时间：工作日 {hours.open_of_business:%H:%M}—{hours.close_of_business:%H:%M}。\n地址和办公电话待核验，核对后在这里公布。\n"
        "有事请回复 0 给工作人员留言，回复 6 提诉求；政务咨询可拨打12345。"
    )


@router.keyword(
    "入会",
    "怎么入会",
    "如何入会",
    "怎么加入工商联",
    "如何加入工商联",
    "入会条件",
    help="入会：怎么加入工商联",
)
def membership(ctx: Context) -> Reply:
    return ctx.redirect(JOINING) or Text("想入会请回复 0 留言，写明企业名称、联系人和电话。")


@router.state("human", help="留言填写中")
def fill(ctx: Context) -> Reply:
    return FORM.answer(ctx)


@router.intent("self_harm", help="有轻生念头的话：给求助电话，留言，并提醒值班的同事")
def self_harm(ctx: Context) -> Reply:
    """Nobody is said to be told who is not: at night, with nobody's WeChat or mail at hand, the words only wait."""
    row = staff_messages.keep(ctx, ctx.message.text, staff_messages.SELF_HARM)
    called = alerts.raise_alert(
        ctx.services, ctx.db, f"self_harm:{row.id}", ALERT, f"/console/messages/{row.id}"
    )
    FORM.start(ctx)  # what is written next goes to the staff too
    if called:
        told = "正在提醒值班的工作人员看您的话。"
    elif staff_messages.is_open(ctx):
        told = "您的话已放在工作人员留言的最前面，现在是上班时间。"
    else:
        told = f"您的话已放在工作人员留言的最前面，但现在是下班时间，工作人员上班（{staff_messages.hours(ctx)}）才能看到。"
    return Text(ctx.library.say("self_harm", told=told))
