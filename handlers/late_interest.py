"""算利息: the interest on a late payment from three answers, with its clause. Its arithmetic is in bot/policies."""

from __future__ import annotations

from decimal import Decimal

from bot.chat.context import Context
from bot.chat.forms import BACK, CANCEL, RESUME, Again, Answers, Form, Next, Question, Taken, close
from bot.chat.router import Router
from bot.core import clock
from bot.policies import late_interest
from bot.understanding.facets import asked
from bot.understanding.understand import understand
from bot.wechat.replies import Reply, Text, anchor

router = Router("算逾期利息")
UNVERIFIED = "逾期利息的算法这里还没有核实，先不算。请打12345问，或回复 0 转人工。"
NEXT = "要钱的办法：回复「款项支付条例」看规定，回复 6 提诉求（问题类别选账款拖欠），回复 0 转人工。"


def _ask_money(ctx: Context, answers: Answers) -> str:
    return "对方欠多少钱？如 50万 或 123456.78元（只算没有争议的欠款）。"


def _take_money(ctx: Context, answers: Answers) -> Taken:
    money = late_interest.money_in(ctx.message.text)
    return Next({"money": str(money)}) if money else Again("没有认出金额。")


def _ask_days(ctx: Context, answers: Answers) -> str:
    return "逾期多少天？写天数（如 90天），或写应付款的日子（如 2026-03-01，算到今天）。"


def _take_days(ctx: Context, answers: Answers) -> Taken:
    days = late_interest.days_in(ctx.message.text, clock.local(ctx.now).date())
    return Next({"days": days}) if days else Again("没有认出天数。")


def _ask_rate(ctx: Context, answers: Answers) -> str:
    return "合同约定了逾期利率吗？没有约定回复「没有」；约定了写利率，如 年利率6% 或 每日万分之三。"


def _take_rate(ctx: Context, answers: Answers) -> Taken:
    rate = late_interest.rate_in(ctx.message.text)
    return (
        Next({"rate": ctx.message.text})
        if rate
        else Again("没有认出利率；按月约定的，请折成一年的百分之几。")
    )


def _finish(ctx: Context, answers: Answers) -> Reply:
    rate, words = late_interest.rate_in(answers["rate"]), _clause(ctx)
    if rate is None or words is None:
        return Text(UNVERIFIED)
    page = ctx.services.url(f"/p/{late_interest.SLUG}")
    ctx.remember(policy=late_interest.SLUG)
    result = late_interest.said(Decimal(answers["money"]), int(answers["days"]), rate, words)
    return Text(f"{result}\n{anchor(page, '查看详情')}\n{NEXT}", link=page)


def _clause(ctx: Context) -> str | None:
    return late_interest.clause(ctx.library.policies.get(late_interest.SLUG), clock.local(ctx.now).date())


FORM = Form(
    "late_interest",
    "算利息",
    (
        Question("money", _ask_money, _take_money, lambda answers: "money" not in answers),
        Question("days", _ask_days, _take_days, lambda answers: "days" not in answers),
        Question("rate", _ask_rate, _take_rate, lambda answers: "rate" not in answers),
    ),
    _finish,
    drafts=False,
)


@router.keyword(
    "算利息", "算逾期利息", "逾期利息", "计算利息", "利息计算", "利息计算器", "算算利息", "算一下利息", "帮我算利息", "计算逾期利息", "逾期利息计算", "算违约利息",
    help="算利息：按款项支付条例第十七条算逾期利息",
)  # fmt: skip
def begin(ctx: Context) -> Reply:
    return FORM.start(ctx) if _clause(ctx) else Text(UNVERIFIED)


@router.pattern(
    r"(?=.*利息)(?=.*(?:多少|算|几))(?=.*(?:逾期|拖欠|欠|晚付|拖了|没付|未付|迟付))(?=.*\d).{6,60}",
    help="欠50万逾期90天利息多少：直接算",
)
def begin_with_numbers(ctx: Context) -> Reply | None:
    words, known = ctx.message.text, dict[str, object]()
    if (money := late_interest.money_in(words)) is None or _clause(ctx) is None:
        return None
    known["money"] = str(money)
    if days := late_interest.days_in(words, clock.local(ctx.now).date()):
        known["days"] = days
    return FORM.start(ctx, known)


@router.state("late_interest", help="算逾期利息中")
def answer(ctx: Context) -> Reply | None:
    if _is_something_else(ctx):
        close(ctx.conversation)
        return None
    return FORM.answer(ctx)


def _is_something_else(ctx: Context) -> bool:
    """Whether the words ask something in the middle, instead of answering."""
    words, today = ctx.message.text, clock.local(ctx.now).date()
    read = (late_interest.money_in(words), late_interest.days_in(words, today), late_interest.rate_in(words))
    if ctx.text in BACK | CANCEL | RESUME or any(one is not None for one in read):
        return False
    return asked(words) is not None or understand(words, ctx.library.index).understood
