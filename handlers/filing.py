"""提诉求: the ways into the form and back into it, and its receipt once more. Its steps are in appeals.py."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from bot.appeals import attachments, first_answers, said_at_once
from bot.appeals.last_message import last_said
from bot.chat import unfiled
from bot.chat.context import Context
from bot.chat.forms import FORMS, RESUME, newest_draft
from bot.chat.router import Router
from bot.understanding.cleaning import clean
from bot.understanding.trouble import asks_what_to_do, tells_own_trouble
from bot.wechat.replies import Reply, Text

router = Router("提诉求")
APPEAL = "appeal"  # the form
# What is left of a message without these is the matter itself.
FILLING_WORDS = re.compile(
    r"我们?|要|想|来|给|向|区里|区|领导|政府|工商联|你们|提交?|点|些|个|一下|一个|诉求|投诉|举报|建议|反映|意见|问题|求助|咨询|情况|请|怎么|如何|办理|填写|申请|帮忙|帮|下|吗|的|[\W_]"
)


@router.keyword("1", "提交", "确认提交", help="刚提交完又点一次：再看一遍回执")
def receipt_again(ctx: Context) -> Reply | None:
    receipt = ctx.recalled("receipt")
    if not receipt or ctx.now - datetime.fromisoformat(receipt["at"]) > timedelta(seconds=30):
        return None
    wrote_at = last_said(ctx.db, ctx.openid)
    if wrote_at is not None and wrote_at > datetime.fromisoformat(receipt["at"]):
        return None  # something else has been said since
    ctx.remember(receipt={**receipt, "at": ctx.now.isoformat()})
    return Text(receipt["text"])


@router.keyword("提诉求", "诉求", "我要提诉求", "反映问题", help="6 提诉求：反映企业遇到的困难")
@router.intent("appeal", help="说困难、提建议：转成诉求")
def begin(ctx: Context) -> Reply:
    matter = _matter(ctx)
    if matter and asks_what_to_do(clean(matter)):
        is_own = tells_own_trouble(clean(matter))
        asks_on = None if is_own else ctx.redirect("follow_up:loosely")
        first = asks_on or ctx.redirect("held:trouble") or (None if is_own else ctx.redirect("elsewhere"))
        if first is not None:
            return first
    if matter is None and FORMS[APPEAL].draft(ctx) is not None:
        return Text("您有一份没填完的诉求。\n回复「继续填写」接着填，回复「重新填写」从头开始。")
    return _start(ctx, matter)


def _start(ctx: Context, matter: str | None) -> Reply:
    """Open the form with what the person has said and sent already."""
    known: dict[str, Any] = {
        "pictures": attachments.present(ctx.db, ctx.openid, ctx.recalled("pictures") or [])
    }
    earlier = None if matter else unfiled.kept(ctx)
    if matter or earlier:
        known["facts"] = matter or earlier
    if matter and (said := said_at_once.read(matter)):
        known |= first_answers.of(said)
        return _open(ctx, known, first_answers.card(known))
    if earlier:
        known["carried"] = "之前" if unfiled.is_old(ctx) else "刚才"
    return _open(ctx, known)


def _open(ctx: Context, known: dict[str, Any], card: str = "") -> Reply:
    ctx.remember(pending=None, pictures=None)
    say = "\n\n".join(part for part in (ctx.library.say("appeal_notice"), card) if part)
    return FORMS[APPEAL].start(ctx, known, say=say)


def _matter(ctx: Context) -> str | None:
    """The message itself when it tells the matter and does not only ask for the form."""
    if (
        ctx.understanding is None
        or ctx.understanding.intent != "appeal"
        or len(FILLING_WORDS.sub("", ctx.text)) < 2
    ):
        return None
    return ctx.message.text.strip()


@router.keyword(*RESUME, help="继续填写：接着填上次没填完的内容")
def resume(ctx: Context) -> Reply:
    form = newest_draft(ctx)
    if form is None:
        return Text("没有未填完的内容（草稿只保留24小时）。回复 6 提诉求，回复「菜单」看全部服务。")
    return form.resume(ctx)


@router.keyword("重新填写", "从头开始", help="重新填写：丢掉草稿，从头提诉求")
def restart(ctx: Context) -> Reply:
    ctx.remember(**{"draft:appeal": None})
    return _start(ctx, None)
