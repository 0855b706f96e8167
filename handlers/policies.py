"""惠企政策包: categories, one package, and what can be done with the package shown last. Its verbs are in bot/policies."""

from __future__ import annotations

from sqlalchemy import delete, select

from bot.chat import choices, unfiled
from bot.chat.context import Context
from bot.chat.router import Router
from bot.content import unmatched
from bot.content.records import IN_FORCE, PolicyDocument
from bot.core import clock
from bot.core.db import insert_once
from bot.policies import facets, matching, texts
from bot.policies.answering import Answer, answer, is_general
from bot.understanding.cleaning import clean
from bot.understanding.facets import Asked, Side
from bot.understanding.names import tight
from bot.understanding.phrases import SPECIFIC
from bot.understanding.ranking import Lead
from bot.understanding.trouble import tells_own_trouble
from bot.wechat.replies import Reply, Text
from models.policies import Favourite, Policy
from models.profiles import profile_of

router = Router("惠企政策")
PAGE = 5
WORDS = 100  # characters of a message that its list is ordered by
A_STORY = 8  # characters; fewer name a document and are nothing to file
SHORTEST_WISH = 2  # characters; a bare 金融 asks for the list as it is
NARROW = 3  # packages to choose from where none clearly leads
HEADS = {
    "政策": "惠企政策·综合",
    "法律": "惠企政策·法律",
    "金融": "惠企政策·金融",
    "人才": "惠企政策·人才",
    "税费": "惠企政策·税费",
}
APPLYING = Asked(Side.CONDITIONS, also=(Side.MATERIALS, Side.STEPS))
NOTHING_SHOWN = (
    "还没有看过政策。回复 1 政策、2 法律、3 金融、4 人才、5 税费，或直接写政策名称，如「石惠十条」。"
)
TOLD_ALREADY = (
    "已经记下了，谢谢提醒。请换个说法再问一次，或发「搜 关键词」在政策里查找；\n"
    "要办的事回复 6 提诉求，找工作人员回复 0，看全部服务回复「菜单」。"
)


@router.intent("policy:specific:*", help="政策名称，如「民营经济促进法」：看这份政策的要点")
def specific(ctx: Context) -> Reply | None:
    policy = ctx.library.named(ctx.intent.removeprefix("policy:specific:"))
    return show(ctx, policy) if policy else None


def show(ctx: Context, policy: PolicyDocument, others: list[str] | None = None) -> Reply:
    """One package; later words such as 收藏 mean it. `others` are what the words may have meant too."""
    item = texts.shown(policy, ctx.library.policies)
    now = item.successors[0] if item.successors else policy
    if others is None:
        others = [r.intent for r in ctx.understanding.ranked[1:6]] if ctx.understanding else []
    ctx.remember(policy=now.slug, asked=_question_asked(ctx), others=others)
    page = _page(ctx, policy)
    actions = texts.actions(ctx.services.capabilities)
    return Text(texts.chat_reply(item, page, actions=actions), link=page)


def _question_asked(ctx: Context) -> str:
    """The words that the package answers; a letter of a list chose for words said before."""
    if ctx.understanding is not None or len(ctx.text) > 1:
        return ctx.message.text
    return unfiled.kept(ctx) or ""


def _page(ctx: Context, policy: PolicyDocument) -> str:
    return ctx.services.url(f"/p/{policy.slug}")


@router.intent("policy:*", help="1 政策、2 法律、3 金融、4 人才、5 税费：看这一类的政策")
def category(ctx: Context) -> Reply | None:
    name, words = ctx.intent.removeprefix("policy:"), ctx.message.text
    meaning = ctx.understanding
    if meaning is None or len(ctx.text) <= SHORTEST_WISH or meaning.steps[-1].startswith("exact:"):
        return _category_page(ctx, name, 0, "")
    if is_general(ctx.library, words):
        return answered(ctx, only=Lead.CLEAR) or _category_page(ctx, name, 0, ctx.text[:WORDS])
    return answered(ctx) or nothing_held(ctx)


@router.intent("asked", help="和资料里写着的常见问法一字不差的问题")
def asked_word_for_word(ctx: Context) -> Reply | None:
    name = ctx.library.asked.get(tight(clean(ctx.message.text)))
    policy = ctx.library.named(name) if name else None
    return show(ctx, policy) if policy and not _tells_trouble(ctx) else None


@router.intent("held", help="没有听懂、但资料里有的：先给资料")
def held(ctx: Context) -> Reply | None:
    return answered(ctx)


@router.intent("held:likely", help="不像问政策的话：资料里多半有的才给")
def held_likely(ctx: Context) -> Reply | None:
    return answered(ctx) if _found(ctx).is_likely else None


@router.intent("held:nothing", help="资料里没有的事：如实说，并给出路")
def nothing_is_held(ctx: Context) -> Reply:
    return nothing_held(ctx)


@router.intent("held:surely", help="像别的事、其实在问资料里有的：给资料")
def held_surely(ctx: Context) -> Reply | None:
    return answered(ctx) if _found(ctx).is_sure else None


@router.intent("held:aside", help="填表中问的规定：给一两条")
def held_aside(ctx: Context) -> Reply | None:
    """A clause or two, while a form stays open; nothing is remembered as shown."""
    found = _found(ctx)
    return (
        None
        if found.lead is Lead.NONE
        else Text(texts.rule_in_short(found.packages[0], ctx.message.text, clock.today()))
    )


@router.intent("elsewhere", help="别处办的事：如实说没有资料，并给出路")
def elsewhere(ctx: Context) -> Reply | None:
    return _honest_no(ctx) if _found(ctx).is_elsewhere else None


@router.intent("held:trouble", help="讲了自己的难处又问怎么办：先给管用的规定，再问要不要办")
def trouble(ctx: Context) -> Reply | None:
    """The rule that helps, in a few lines, and the offer to take the matter up with the words as they are."""
    found = _found(ctx)
    return None if found.lead is Lead.NONE else _help_in_trouble(ctx, found)


def _tells_trouble(ctx: Context) -> bool:
    """Whether the words tell the person's own trouble, whatever topic they were taken for."""
    return ctx.understanding is not None and tells_own_trouble(clean(ctx.message.text))


def _help_in_trouble(ctx: Context, found: Answer) -> Reply:
    first, *others = found.packages[:NARROW]
    ctx.remember(
        policy=first.slug,
        asked=ctx.message.text,
        others=[f"{SPECIFIC}{policy.short_name}" for policy in others],
        list=[f"{SPECIFIC}{policy.short_name}" for policy in (first, *others)],
        more=None,
    )
    unfiled.keep(ctx, ctx.message.text, offered_again=True)
    return Text(texts.help_in_trouble(first, others, ctx.message.text, clock.today()))


def answered(ctx: Context, only: Lead | None = None) -> Reply | None:
    """What is held about the words said: the package that clearly leads, or three to choose from; None when nothing is."""
    found = _found(ctx)
    if found.lead is Lead.NONE or (only and found.lead is not only):
        return None
    if _tells_trouble(ctx):
        return _help_in_trouble(ctx, found)
    if found.lead is Lead.CLEAR:
        rest = [f"{SPECIFIC}{policy.short_name}" for policy in found.packages[1:4]]
        return show(ctx, found.packages[0], others=rest)
    part = found.packages[:NARROW]
    ctx.remember(list=[f"{SPECIFIC}{policy.short_name}" for policy in part], more=None)
    lines = [f"{letter} {texts.list_line(p)}\n　{p.summary}" for letter, p in zip("ABC", part, strict=False)]
    taken = "（您刚才写的会带上）" if unfiled.may_be_filed(ctx) else ""
    return Text(
        "和您问的最接近的是：\n"
        + "\n".join(lines)
        + f"\n\n回复字母看要点。都不是，换个说法再问，或回复 6 提诉求{taken}、0 转人工。"
    )


def _found(ctx: Context) -> Answer:
    asker = matching.company(profile_of(ctx.db, ctx.openid))
    return answer(ctx.library, ctx.message.text, asker, ctx.near)


def nothing_held(ctx: Context) -> Reply:
    """An honest no, with the ways on; colleagues see in the list of unmatched texts what was asked for. Right after a
    package was shown, the words may ask on about that one."""
    if asks_on := ctx.redirect("follow_up:loosely") or ctx.redirect("follow_up:of_what"):
        return asks_on
    return _honest_no(ctx)


def _honest_no(ctx: Context) -> Reply:
    unmatched.keep(ctx.db, ctx.message.text, "missed", ctx.now)
    unfiled.keep(ctx, ctx.message.text)
    return Text(ctx.library.say("nothing_held"))


def _category_page(ctx: Context, name: str, start: int, words: str) -> Reply | None:
    found = matching.fitting_first(
        ctx.library.of_category(name), matching.company(profile_of(ctx.db, ctx.openid))
    )
    near = _places_by_words(ctx, words) if len(words) > SHORTEST_WISH else {}
    found.sort(key=lambda pair: near.get(pair[0].short_name, len(near)))  # stable: the rest stays as it was
    if not found:
        return None
    part = found[start : start + PAGE]
    more = start + PAGE < len(found)
    lines = [
        f"{letter} {texts.list_line(p)}{'·适合您' if how.good else ''}"
        for letter, (p, how) in zip("ABCDE", part, strict=False)
    ]
    ctx.remember(
        list=[f"{SPECIFIC}{p.short_name}" for p, _ in part],
        more={"intent": "page:policies", "category": name, "start": start + PAGE, "words": words}
        if more
        else None,
    )
    count = f"（{start + 1}—{start + len(part)}／共{len(found)}条）"
    why = matching.because(reason for _, how in part if how.good for reason in how.reasons)
    taken = "（您刚才写的会带上）" if unfiled.may_be_filed(ctx) else ""
    tail = "回复字母或名称看要点" + ("，回复「更多」看下一页" if more else "")
    return Text(
        f"{HEADS.get(name, name)}{count}\n"
        + "\n".join(lines)
        + (f"\n（适合您的排在前面，{why}）" if why else "")
        + f"\n\n{tail}。\n遇到具体困难回复 6 提诉求{taken}，回复 0 转人工。"
    )


@router.intent("page:policies", help="更多：看政策列表的下一页")
def more(ctx: Context) -> Reply | None:
    wanted = ctx.recalled("more") or {}
    if "category" not in wanted:
        return None
    return _category_page(ctx, wanted["category"], wanted["start"], wanted.get("words", ""))


def _places_by_words(ctx: Context, words: str) -> dict[str, int]:
    """Packages that may still be used and hold something of what was said, with their places."""
    current = [p.short_name for p in answer(ctx.library, words).packages if matching.is_current(p)]
    return {name: place for place, name in enumerate(current)}


def _shown_last(ctx: Context) -> PolicyDocument | None:
    return ctx.library.policies.get(ctx.recalled("policy") or "")


@router.keyword("解读", "政策解读", help="解读：看刚才那份政策的问答")
def explain(ctx: Context) -> Reply:
    policy = _shown_last(ctx)
    if policy is None:
        return Text(NOTHING_SHOWN)
    page = _page(ctx, policy)
    return Text(texts.explanation_reply(texts.shown(policy, ctx.library.policies), page), link=page)


@router.keyword("申报", "怎么申报", "怎么申请", "申请", "办理", help="申报：看刚才那份政策的条件、材料和流程")
def apply(ctx: Context) -> Reply:
    policy = _shown_last(ctx)
    if policy is None:
        return Text(NOTHING_SHOWN)
    page = _page(ctx, policy)
    if policy.facts and policy.status in IN_FORCE:
        return Text(facets.answer(policy, APPLYING, clock.local(ctx.now).date(), page), link=page)
    return Text(texts.application_reply(texts.shown(policy, ctx.library.policies), page), link=page)


@router.keyword("收藏", "收藏政策", help="收藏：记下刚才那份政策")
def favourite(ctx: Context) -> Reply:
    policy = _shown_last(ctx)
    if policy is None:
        return Text(NOTHING_SHOWN)
    row = ctx.db.scalars(select(Policy.id).where(Policy.slug == policy.slug)).one()
    new = insert_once(ctx.db, Favourite, openid=ctx.openid, policy_id=row, created_at=clock.now())
    return Text(
        f"{'已收藏' if new else '之前已收藏'}：{policy.short_name}。\n回复「我的收藏」查看，回复「取消收藏」取消。"
    )


@router.keyword("我的收藏", "收藏夹", help="我的收藏：看收藏的政策")
def favourites(ctx: Context) -> Reply:
    query = (
        select(Policy.slug)
        .join(Favourite, Favourite.policy_id == Policy.id)
        .where(Favourite.openid == ctx.openid)
    )
    saved = [
        ctx.library.policies[s]
        for s in ctx.db.scalars(query.order_by(Favourite.id.desc()).limit(8))
        if s in ctx.library.policies
    ]
    if not saved:
        return Text("还没有收藏政策。看政策时回复「收藏」就能记下。回复 1 看政策。")
    ctx.remember(list=[f"policy:specific:{p.short_name}" for p in saved])
    lines = [f"{letter} {texts.list_line(p)}" for letter, p in zip("ABCDEFGH", saved, strict=False)]
    return Text("我的收藏：\n" + "\n".join(lines) + "\n\n回复字母查看。")


@router.keyword("取消收藏", help="取消收藏：不再收藏刚才那份政策")
def unfavourite(ctx: Context) -> Reply:
    policy = _shown_last(ctx)
    if policy is None:
        return Text(NOTHING_SHOWN)
    row = select(Policy.id).where(Policy.slug == policy.slug).scalar_subquery()
    mine = delete(Favourite).where(Favourite.openid == ctx.openid, Favourite.policy_id == row)
    if ctx.db.scalar(mine.returning(Favourite.id)) is None:
        return Text(f"没有收藏过：{policy.short_name}。回复「我的收藏」查看收藏了哪些。")
    return Text(f"已取消收藏：{policy.short_name}。回复「我的收藏」查看其余的。")


@router.keyword("不是这个", "不是", "不对", "错了", help="不是这个：换别的可能")
def not_this(ctx: Context) -> Reply:
    policy, asked = _shown_last(ctx), ctx.recalled("asked") or ""
    if policy is None:
        return Text(TOLD_ALREADY if asked else NOTHING_SHOWN)
    unmatched.keep(ctx.db, asked, "rejected", ctx.now, shown=policy.short_name)
    meant: list[str] = ctx.recalled("others") or []
    offered = choices.offer(ctx, matching.instead_of(policy, meant, ctx.library.policies.values()))
    ctx.remember(policy=None)
    if len(asked) >= A_STORY:
        unfiled.keep(ctx, asked)
    return Text(
        f"记下了，谢谢提醒。您要找的是不是：\n{offered}\n\n6 提诉求　0 转人工\n回复字母或数字，也可以换个说法再问，或发「搜 关键词」。"
    )
