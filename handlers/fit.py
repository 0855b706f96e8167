"""我符合吗: the conditions of the package shown last as two or three questions, answered with the clause.

Whoever asks something else in the middle is answered that; nothing of the answers is kept.
"""

from __future__ import annotations

from bot.chat import shown
from bot.chat.context import Context
from bot.chat.forms import BACK, Again, Answers, Form, Next, Question, Taken, choice, close
from bot.chat.router import Router
from bot.chat.shown import Kind
from bot.content.records import CAVEAT, Condition, Grade, PolicyDocument
from bot.policies import fitting
from bot.wechat.replies import Reply, Text, anchor

router = Router("我符合吗")
MOST = 3  # questions of a record
OPTIONS = ("是", "不是")
LATER = "这份政策刚改过，自查先停下。请写政策名称看现在的要点，或回复 0 转人工。"


def _policy(ctx: Context, answers: Answers) -> PolicyDocument | None:
    return ctx.library.policies.get(str(answers.get("slug")))


def _check(ctx: Context, answers: Answers, place: int) -> Condition | None:
    policy = _policy(ctx, answers)
    return policy.checks[place] if policy and place < len(policy.checks) else None


def _question(place: int) -> Question:
    def ask(ctx: Context, answers: Answers) -> str:
        check = _check(ctx, answers, place)
        return f"{place + 1}／{answers['count']} {check.ask}\n1 是\n2 不是" if check else LATER

    def take(ctx: Context, answers: Answers) -> Taken:
        check, said = _check(ctx, answers, place), yes_or_no(ctx)
        if said is None or check is None:
            return Again("请回复 1（是）或 2（不是）；不清楚就回复「返回」，再回复 0 问工作人员。")
        return Next({"over": place} if said is not check.wanted else {"met": place + 1})

    def is_due(answers: Answers) -> bool:
        return place < answers["count"] and answers["met"] == place and "over" not in answers

    return Question(f"check{place}", ask, take, is_due)


def yes_or_no(ctx: Context) -> bool | None:
    """What the words say, or None when they are no answer."""
    picked = choice(ctx.message.text, OPTIONS)
    return picked == 0 if picked is not None else fitting.yes_or_no(ctx.text)


def _finish(ctx: Context, answers: Answers) -> Reply:
    policy = _policy(ctx, answers)
    if policy is None or len(policy.checks) != answers["count"]:
        return Text(LATER)
    page = ctx.services.url(f"/p/{policy.slug}")
    ctx.remember(policy=policy.slug)
    over = answers.get("over")
    said = fitting.fits(policy) if over is None else fitting.does_not(policy, policy.checks[over])
    return Text(f"{said}\n{anchor(page, '查看详情')}", link=page)


FORM = Form("fit", "自查", tuple(map(_question, range(MOST))), _finish, drafts=False)


@router.intent("fit", help="我符合吗：用两三个问题对照刚看过的那份政策的条件")
def begin(ctx: Context) -> Reply | None:
    found = shown.last(ctx, Kind.POLICY)
    policy = ctx.library.policies.get(found.keys[0]) if found else None
    if policy is None or not policy.checks:
        return None
    known = {"slug": policy.slug, "count": len(policy.checks), "met": 0}
    caveat = f"（{CAVEAT}）" if any(one.grade is Grade.C for one in policy.checks) else ""
    return FORM.start(
        ctx,
        known,
        say=f"{policy.short_name}：对照条件自查{caveat}，共{len(policy.checks)}个问题，随时可以问别的。",
    )


@router.state("fit", help="对照条件自查中")
def answer(ctx: Context) -> Reply | None:
    moves = ctx.text in BACK or ctx.text in ("取消", "不填了", "放弃", "继续填写", "接着填")
    if moves or yes_or_no(ctx) is not None or fitting.is_unsure(ctx.text):
        return FORM.answer(ctx)
    close(ctx.conversation)
    return None
