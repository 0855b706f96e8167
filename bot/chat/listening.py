"""A form that listens: ways out and back, corrections and questions are heard before the open question takes the words."""

from __future__ import annotations

from bot.chat import forms
from bot.chat.context import Context
from bot.chat.form_words import Aside, Meant, read
from bot.chat.forms import Answers, Form, Question
from bot.wechat.replies import Reply, Text

LEFT = "先放下了，没有提交。您写过的保留 24 小时，回复「继续填写」接着填；回复「取消」不留。\n回复「菜单」看全部服务，找工作人员回复 0。"
AGAIN = "从头填一份，刚才的还留着（回复「返回」退出后，回复「继续填写」可以接着用）。"


def listen(form: Form, ctx: Context, answers: Answers, question: Question) -> Reply | None:
    """The reply to words that are no answer; None where the open question may have them."""
    aside = read(ctx.message.text) if ctx.message.kind == "text" else None
    if aside is None:
        return None
    if aside.meant is Meant.OUT:
        forms.leave(ctx)
        return Text(LEFT)
    if aside.meant is Meant.BACK:
        return form.go_to(ctx, answers, form.before(question, answers))
    if aside.meant is Meant.RESTART:
        return form.start(ctx, say=AGAIN)
    if aside.meant is Meant.FIX:
        return _corrected(form, ctx, answers, question, aside)
    said = _said(ctx, aside)
    return form.go_to(ctx, answers, question.name, f"{said}\n———") if said else None


def _corrected(form: Form, ctx: Context, answers: Answers, question: Question, aside: Aside) -> Reply | None:
    named = next((one for one in form.questions if one.name == aside.field), None)
    if named is None or (aside.field not in answers and aside.field != question.name):
        return None  # not asked yet: the words are an answer, or will be asked for
    if aside.value and aside.field == "company":
        return form.go_to(ctx, {**answers, "company": aside.value}, question.name, f"企业改为：{aside.value}")
    return form.correct(ctx, answers, aside.field, question.name, "好的，请重写这一项。")


def _said(ctx: Context, aside: Aside) -> str:
    """The answer to a question about the form or about a rule."""
    if aside.field != "policy":
        settings = ctx.services.config.appeals
        hours = f"工作日 {settings.open_of_business:%H:%M}—{settings.close_of_business:%H:%M}"
        return ctx.library.say(f"form_{aside.field}", days=settings.acceptance_days, hours=hours)
    told = ctx.redirect("held:aside")
    return told.content if isinstance(told, Text) else ""
