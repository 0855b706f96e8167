"""搜 关键词: the packages whose texts hold these words, best first. Its verbs are in bot/policies."""

from __future__ import annotations

import re

from bot.chat import unfiled
from bot.chat.context import Context
from bot.chat.router import Router
from bot.content import unmatched
from bot.policies import texts
from bot.understanding.normalise import case_number
from bot.understanding.phrases import SPECIFIC
from bot.understanding.search import Result, search
from bot.understanding.understand import understand
from bot.wechat.replies import Reply, Text, plain

router = Router("搜索")
SET_APART = re.compile(r"\s*(?:帮我)?(?:搜索?一?下?|搜一搜|检索|查找)[\s:：,，、]+\S")  # then it is a command
PAGE = 5
LONGEST = 30  # characters of what is looked for; longer texts are told, not searched
ASK = "请在「搜」后面写要找的词，例如「搜 贷款贴息」「搜 背靠背」。也可以回复「菜单」看全部服务。"


@router.keyword("搜", "搜索", "搜一下", "搜一搜", "检索", "查找", help="搜 关键词：在政策原文要点里查找")
def ask(ctx: Context) -> Reply:
    return Text(ASK)


@router.pattern(
    r"(?:搜索|搜一下|搜下|搜一搜|搜(?![查救身捕罗刮集])|检索|查找|帮我搜一?下?)[\s:,、]*(?P<what>\S.*)",
    help="搜 关键词、搜索…：在政策原文要点里查找",
)
def wanted(ctx: Context) -> Reply | None:
    what = ctx.groups["what"]
    if not SET_APART.match(ctx.message.text) and (len(what) > LONGEST or _is_a_wish(ctx)):
        return None  # 搜索引擎把我们公司写错了
    return _page(ctx, what, 0) or (_nothing_found(ctx, what) if len(what) <= LONGEST else None)


@router.pattern(
    r"(?:帮我)?(?:查一下|查下|查一查)(?P<what>\S.*)",
    help="查一下…：不是名称也不是进度的，在政策原文要点里查找",
)
def perhaps_wanted(ctx: Context) -> Reply | None:
    what = ctx.groups["what"]
    meaning = understand(what, ctx.library.index)
    if len(what) > LONGEST or case_number(ctx.message.text) or _is_a_wish(ctx):
        return None
    return None if meaning.understood and meaning.intent.startswith(SPECIFIC) else _page(ctx, what, 0)


def _is_a_wish(ctx: Context) -> bool:
    """Whether the whole message wants something else than to know: 查一下我的诉求."""
    meaning = understand(ctx.message.text, ctx.library.index)
    return meaning.understood and not meaning.intent.startswith("policy:")


@router.intent("page:search", help="更多：看搜索结果的下一页")
def more(ctx: Context) -> Reply | None:
    place = ctx.recalled("more") or {}
    return _page(ctx, place["what"], place["start"]) if "what" in place else None


def _page(ctx: Context, what: str, start: int) -> Reply | None:
    index = ctx.library.index.search
    found = [r for r in search(index, what) if r.key in ctx.library.slugs] if index else []
    part = found[start : start + PAGE]
    if not part:
        return None
    left = start + PAGE < len(found)
    ctx.remember(
        list=[f"{SPECIFIC}{result.key}" for result in part],
        more={"intent": "page:search", "what": what, "start": start + PAGE} if left else None,
    )
    lines = "\n".join(_line(ctx, letter, result) for letter, result in zip("ABCDE", part, strict=False))
    tail = "，回复「更多」看下一页" if left else ""
    return Text(
        f"搜「{plain(what[:LONGEST])}」找到{len(found)}份（{start + 1}—{start + len(part)}）：\n{lines}\n\n"
        f"回复字母看要点{tail}。\n没有您要的，换个词再搜，或回复 6 提诉求、0 转人工。"
    )


def _line(ctx: Context, letter: str, result: Result) -> str:
    policy = ctx.library.named(result.key)
    excerpt = (
        f"\n　{result.field}：{plain(result.clause)}" if result.clause and result.field != "标题" else ""
    )
    return f"{letter} {texts.list_line(policy) if policy else result.key}{excerpt}"


def _nothing_found(ctx: Context, what: str) -> Reply:
    unmatched.keep(ctx.db, what, "searched", ctx.now)
    unfiled.keep(ctx, ctx.message.text)
    return Text(
        f"没有搜到「{plain(what[:LONGEST])}」。换个说法再搜，如「搜 贷款」「搜 招聘」；\n"
        "回复 1 政策、2 法律、3 金融、4 人才、5 税费看各类政策；\n"
        "要办的事回复 6 提诉求（您写的这句会带上），找工作人员回复 0，看全部服务回复「菜单」。"
    )
