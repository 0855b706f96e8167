"""有用, 没用: whether an answer from a package helped. A useless one goes with its question to the staff, and the next best
is offered."""

from __future__ import annotations

from bot.chat import choices, shown, unfiled
from bot.chat.context import Context
from bot.chat.router import Router
from bot.chat.shown import Kind, LastShown
from bot.content import unmatched
from bot.content.records import PolicyDocument
from bot.policies import matching
from bot.wechat.replies import Reply, Text
from models.ratings import AnswerRating

router = Router("评价答复")
TWICE = "刚才的评价已经记下了，谢谢。要问别的请直接写，也可以回复 0 转人工。"
NONE_OF_THESE = (
    "记下了，会请工作人员补充。请换个说法再问，或发「搜 关键词」；要办的事回复 6 提诉求，找工作人员回复 0。"
)
GOOD = "谢谢，记下了。还可以问这份的材料、条件、流程、电话，或回复「菜单」看全部服务。"


@router.keyword(
    "有用",
    "很有用",
    "有用的",
    "有帮助",
    "很有帮助",
    "有用谢谢",
    "挺有用",
    "管用",
    help="有用：刚才的答复有帮助",
)
def useful(ctx: Context) -> Reply | None:
    rated = _rate(ctx, useful=True)
    return Text(GOOD) if isinstance(rated, PolicyDocument) else rated


@router.keyword(
    "没用", "没有用", "没帮助", "没有帮助", "不管用", "没啥用", "没什么用", "没用的", "无用", "不解决问题",
    help="没用：刚才的答复没有帮助，换别的可能",
)  # fmt: skip
def useless(ctx: Context) -> Reply | None:
    rated = _rate(ctx, useful=False)
    if not isinstance(rated, PolicyDocument):
        return rated
    asked: str = ctx.recalled("asked") or ""
    unmatched.keep(ctx.db, asked, "useless", ctx.now, shown=rated.short_name)
    meant: list[str] = ctx.recalled("others") or []
    offered = choices.offer(ctx, matching.instead_of(rated, meant, ctx.library.policies.values()))
    return Text(
        f"记下了，会请工作人员补充。您看这些是不是更合适：\n{offered}\n\n6 提诉求　0 转人工\n"
        "回复字母或数字，也可以换个说法再问，或发「搜 关键词」。"
    )


def _rate(ctx: Context, *, useful: bool) -> PolicyDocument | Reply | None:
    """The package whose answer is rated now; each answer is rated once. None when nothing was shown that could be."""
    found = shown.last(ctx, Kind.POLICY)
    policy = ctx.library.policies.get(found.keys[0]) if found else None
    if found is None or policy is None:
        return _none_of_a_list(ctx, useful=useful)
    if ctx.recalled("rated") == _mark(found):
        return Text(TWICE)
    ctx.db.add(AnswerRating(slug=policy.slug, useful=useful, created_at=ctx.now))
    ctx.remember(rated=_mark(found))
    return policy


def _none_of_a_list(ctx: Context, *, useful: bool) -> Reply | None:
    """A list that was shown has no package to count for; that it did not help is kept with the words asked."""
    if not (listed := shown.listed(ctx)) or not listed.keys:
        return None
    if useful:
        return Text("谢谢。回复字母看要点，或回复「菜单」看全部服务。")
    unmatched.keep(ctx.db, unfiled.kept(ctx) or "", "useless", ctx.now)
    return Text(NONE_OF_THESE)


def _mark(found: LastShown) -> str:
    return f"{found.keys[0]} {found.at.isoformat()}"
