"""What is asked next about what was shown last: 要什么材料, 多久能下来, 第二个, 上面那个. Its verbs are in bot/policies."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from bot.chat import shown
from bot.chat.context import Context
from bot.chat.router import Router
from bot.chat.shown import Kind, LastShown
from bot.content.records import PolicyDocument
from bot.core import clock
from bot.policies import clauses, facets, late_interest, matching, texts
from bot.policies.answering import answer
from bot.understanding.facets import Asked, Side, asked, is_matter, left_of
from bot.understanding.matcher import keyed
from bot.understanding.ordinals import Pointed, Way, pointed
from bot.understanding.phrases import INTENTS, SPECIFIC
from bot.understanding.ranking import Lead
from bot.understanding.understand import understand
from bot.wechat.replies import Reply, Text

router = Router("接着问")
LETTERS = "ABCDEFGH"
MOST = 12  # characters that may stand beside a side; more is a new matter, though the package knows the words
TOPICS = frozenset({*INTENTS, "private", "injection", "advert"})
RECKON = "逾期利息要算出数来，回复「算利息」。"
NO_MORE = "列出来的就这些。换个说法再问，或发「搜 关键词」；要办的事回复 6 提诉求，找工作人员回复 0。"
SAID_BY = {
    Side.EXPLANATION: Side.CLAUSE,
    Side.FIT: Side.CONDITIONS,
}  # where a package has no explanations, no checks
ALSO_A_SIDE = ("study", "human")  # 材料, 资料, 电话 alone
COMMANDS = ("help", "human", "events", "study", "subscribe_study", "unsubscribe_study", "appeal_status")
TO_THE_ACCOUNT = re.compile(
    r"[你您]|公众号|平台|这里|功能|我的|我那|上次|诉求|投诉|推送|别[给再发]|人工|工作人员|负责人|领导"
)
A_STORY = 9  # characters
LONGEST_LOOSE, CLAUSES = 20, 3  # characters of a message that may ask on; facts that are told of it
ASKING = re.compile(r"什么|啥|谁|哪|[吗呢?？]|多少|几[个天号]|怎|咋|还是|可以|能|行|要不|不$")
CLEAR = 4.0  # weight of a phrase that names a topic
OF_A_CASE = frozenset(
    {Side.TIME, Side.DEADLINE, Side.DECIDER, Side.STEPS, Side.CONTACT, Side.EXPLANATION, Side.CLAUSE}
)


@router.pattern(r"[a-h]", help="字母：选择刚才列出的一项")
def by_letter(ctx: Context) -> Reply | None:
    intents: list[str] = ctx.recalled(Kind.LIST) or []
    return _choose(ctx, intents, ord(ctx.text) - ord("a"), _side_left_open(ctx)) if intents else None


@router.intent("follow_up", help="第二个、最后一个、选B、上面那个：刚才列出或看过的一项")
def by_place(ctx: Context) -> Reply | None:
    place = pointed(ctx.message.text)
    question = asked(place.rest) if place and place.rest else None
    if place is None or (place.rest and (question is None or question.words)):
        return None
    listed, thing = shown.listed(ctx), shown.thing(ctx)
    if place.way is Way.ARTICLE and thing and not _is_newer(listed, thing):
        return _article(ctx, thing, place.number)
    if place.way in (Way.PLACE, Way.ARTICLE):
        return _listed(ctx, listed, place, question) if listed else None
    if place.way is Way.THAT:
        return _that(ctx, listed, thing, question)
    return None


def _listed(ctx: Context, listed: LastShown, place: Pointed, question: Asked | None) -> Reply:
    if not listed.keys:
        return Text("刚才没有列出可以选的。回复「菜单」看全部服务，或直接写您的问题。")
    number = place.number - 1 if place.number > 0 else len(listed.keys) + place.number
    return _choose(ctx, list(listed.keys), number, question or _side_left_open(ctx)) or Text(
        _range(listed.keys)
    )


def _choose(ctx: Context, intents: list[str], number: int, question: Asked | None) -> Reply | None:
    """Answer as if the letter's intent had been meant; a side that was asked for before is answered at once."""
    if not 0 <= number < len(intents):
        return Text(_range(intents))
    ctx.text = LETTERS[number].lower() if number < len(LETTERS) else ctx.text
    reply = ctx.redirect(intents[number])
    policy = _policy(ctx, shown.thing(ctx)) if intents[number].startswith(SPECIFIC) else None
    return _answer_side(ctx, policy, question) if reply and policy and question else reply


def _range(intents: list[str] | tuple[str, ...]) -> str:
    return f"请回复 A—{LETTERS[len(intents) - 1]} 之间的字母，或回复「菜单」。"


def _that(
    ctx: Context, listed: LastShown | None, thing: LastShown | None, question: Asked | None
) -> Reply | None:
    if thing is None or _is_newer(listed, thing):
        if listed is None or not listed.keys:
            return None
        return (
            _choose(ctx, list(listed.keys), 0, question)
            if len(listed.keys) == 1
            else Text(_range(listed.keys))
        )
    if question:
        return _ask_thing(ctx, thing, question)
    return ctx.redirect(_intent_of(ctx, thing))


def _intent_of(ctx: Context, thing: LastShown) -> str:
    policy = _policy(ctx, thing)
    return f"{SPECIFIC}{policy.short_name}" if policy else f"{thing.kind}:{thing.keys[0]}"


@router.intent(
    "follow_up",
    help="材料、条件、流程、时限、地点、电话、金额、费用、截止、原文、效力、解读、类似的：刚看过的那份政策的这一项",
)
def by_side(ctx: Context) -> Reply | None:
    listed, thing = shown.listed(ctx), shown.thing(ctx)
    question = asked(ctx.message.text) if listed or thing else None
    if question and listed and _is_newer(listed, thing) and _packages(listed):
        return None if _names_another(ctx, None, question) else _which(ctx, listed, question)
    policy = _policy(ctx, thing)
    if thing is None or (policy and _names_another(ctx, policy, question)):
        return None
    if question is None:
        return _own_question(ctx, policy) if policy else None
    return _ask_thing(ctx, thing, question)


@router.intent("follow_up:loosely", help="没有说别的事：当作接着问刚看过的那份")
def loosely(ctx: Context) -> Reply | None:
    """Words for which nothing else is held, soon after a package was shown: they ask on about it."""
    thing, listed = shown.thing(ctx), shown.listed(ctx)
    policy = _policy(ctx, thing) if thing and not _is_newer(listed, thing) else None
    if policy is None or len(ctx.text) > LONGEST_LOOSE or TO_THE_ACCOUNT.search(ctx.message.text):
        return None
    if answer(ctx.library, ctx.message.text).is_elsewhere:
        return None
    if question := asked(ctx.message.text):
        other = _is_clearly_another(ctx, policy, question.side)
        return None if other else _answer_side(ctx, policy, question)
    day = clock.local(ctx.now).date()
    near = clauses.about(policy, ctx.message.text, day, CLAUSES)
    if not near:
        return None
    ctx.remember(policy=policy.slug, asked=ctx.message.text)
    page = ctx.services.url(f"/p/{policy.slug}")
    lines = "\n".join(f"· {clauses.said(fact)}" for fact in near)
    return _rated(ctx, f"{policy.short_name}里有关的：\n{lines}", page)


@router.intent("follow_up:of_what", help="只问了材料、时限等，没有说是哪件事")
def of_what(ctx: Context) -> Reply | None:
    question = asked(ctx.message.text)
    if question is None or question.words or shown.thing(ctx):
        return None
    return Text(
        f"您问的是哪件事的{question.side.value}？请连事情一起写，如「营业执照补领要什么材料」「高新认定要什么条件」；\n"
        "或回复 1 政策、2 法律、3 金融、4 人才、5 税费先找到那一份。"
    )


def _ask_thing(ctx: Context, thing: LastShown, question: Asked) -> Reply | None:
    policy = _policy(ctx, thing)
    if policy:
        return _answer_side(ctx, policy, question)
    about_it = thing.kind is Kind.CASE and question.side in OF_A_CASE and not question.words
    return ctx.redirect(_intent_of(ctx, thing)) if about_it else None


def _is_newer(listed: LastShown | None, thing: LastShown | None) -> bool:
    return listed is not None and (thing is None or listed.at > thing.at)


def _packages(listed: LastShown) -> bool:
    return any(intent.startswith(SPECIFIC) for intent in listed.keys)


def _which(ctx: Context, listed: LastShown, question: Asked) -> Reply | None:
    """A side of which of the packages? The letter that follows answers it. 还有别的吗 asks for the rest of the list."""
    if question.side is Side.SIMILAR:
        wanted = ctx.recalled("more")
        return (ctx.redirect(wanted["intent"]) if wanted else None) or Text(NO_MORE)
    if len(listed.keys) == 1:
        return _choose(ctx, list(listed.keys), 0, question)
    sides = [side.value for side in (question.side, *question.also)]
    ctx.remember(side={"sides": sides, "of": listed.at.isoformat()})
    names = [f"{letter} {key.rpartition(':')[2]}" for letter, key in zip(LETTERS, listed.keys, strict=False)]
    return Text(
        f"您问的是哪一份的{'、'.join((question.side, *question.also))}？回复字母：\n"
        + "\n".join(names)
        + "\n\n都不是，请直接写要问的事。"
    )


def _side_left_open(ctx: Context) -> Asked | None:
    """The side that was asked for when the newest list was on the screen."""
    open_, listed = ctx.recalled("side"), shown.listed(ctx)
    ctx.remember(side=None)
    is_of_it = open_ and listed and datetime.fromisoformat(open_["of"]) == listed.at
    if not is_of_it:
        return None
    side, *also = map(Side, open_["sides"])
    return Asked(side, (), tuple(also))


def _policy(ctx: Context, thing: LastShown | None) -> PolicyDocument | None:
    return ctx.library.policies.get(thing.keys[0]) if thing and thing.kind is Kind.POLICY else None


def _names_another(ctx: Context, policy: PolicyDocument | None, question: Asked | None) -> bool:
    """Whether the words name a document or a matter that is not the package's own; without a package, any."""
    if _means_another(ctx, policy):
        return True
    if question is None:
        return False
    known = facets.knows(policy, question.words) if policy else not question.words
    return (
        not known
        or sum(map(len, question.words)) > MOST
        or _is_clearly_another(ctx, policy, question.side)
        or _speaks_of_another_topic(ctx, policy, question.side)
    )


def _means_another(ctx: Context, policy: PolicyDocument | None) -> bool:
    """Whether the words by themselves are a command, a question to the account, or the name of another document."""
    meaning = understand(ctx.message.text, ctx.library.index)
    if not meaning.understood:
        return False
    how = meaning.steps[-1]
    if how.startswith("name:"):
        own = f"{SPECIFIC}{policy.short_name}" if policy else ""
        return all(one.intent != own for one in meaning.ranked[:2])
    if how.startswith("exact:word"):
        return meaning.intent not in ALSO_A_SIDE
    if meaning.intent == "appeal" and len(ctx.text) >= A_STORY and not ASKING.search(ctx.message.text):
        return True  # somebody tells what happened, and asks nothing
    return meaning.intent in COMMANDS and bool(TO_THE_ACCOUNT.search(ctx.message.text))


def _is_clearly_another(ctx: Context, policy: PolicyDocument | None, side: Side) -> bool:
    """Whether the message by itself clearly leads to another package by words of its names, or names a part of one."""
    left, found = left_of(ctx.message.text, side), answer(ctx.library, ctx.message.text)
    leads = found.lead is Lead.CLEAR and found.packages[0] != policy
    if leads and facets.is_called_by(found.packages[0], left):
        return True
    others = (one for one in ctx.library.policies.values() if one != policy)
    named = {word for word in left if len(word) > 1 and not (policy and facets.is_called(policy, word))}
    return bool(named) and any(facets.is_called(one, word) for one in others for word in named)


def _speaks_of_another_topic(ctx: Context, policy: PolicyDocument | None, side: Side) -> bool:
    """Whether a phrase in the message stands for a topic that is not the package's: 展会 in 展会补贴还有吗."""
    text = keyed(ctx.message.text)
    hits = [one for one in ctx.library.index.matcher.find(text) if one.weight >= CLEAR]
    topics = [one for one in hits if one.label in TOPICS or one.label.startswith(SPECIFIC)]
    return any(
        is_matter(phrase, side) and not (policy and _is_own(policy, one.label, phrase))
        for one in topics
        if (phrase := text[one.start : one.end])
    )


def _is_own(policy: PolicyDocument, label: str, phrase: str) -> bool:
    return label == f"{SPECIFIC}{policy.short_name}" or facets.is_named_by(policy, phrase)


def _answer_side(ctx: Context, policy: PolicyDocument, question: Asked) -> Reply:
    ctx.remember(policy=policy.slug, asked=ctx.message.text)
    page = ctx.services.url(f"/p/{policy.slug}")
    if question.side is Side.FIT and policy.checks and (form := ctx.redirect("fit")):
        return form
    if question.side is Side.SIMILAR:
        return _similar(ctx, policy)
    if question.side is Side.EXPLANATION and policy.explanations:
        said = texts.explanation_reply(texts.shown(policy, ctx.library.policies), page)
    elif question.side is Side.ORIGINAL:
        said = facets.original(policy, page)
    else:
        side = SAID_BY.get(question.side, question.side)
        said = facets.answer(policy, replace(question, side=side), clock.local(ctx.now).date(), page)
    reckons = policy.slug == late_interest.SLUG and Side.AMOUNT in (question.side, *question.also)
    return _rated(ctx, f"{said}\n{RECKON}" if reckons else said, page)


def _rated(ctx: Context, said: str, page: str) -> Reply:
    return Text(f"{said}\n{texts.rating_line(ctx.services.capabilities)}", link=page)


def _similar(ctx: Context, policy: PolicyDocument) -> Reply:
    near = matching.siblings(policy, ctx.library.policies.values(), most=5)
    if not near:
        return Text(f"没有找到与{policy.short_name}类似的。回复 1—5 看各类政策，或直接写您的问题。")
    ctx.remember(list=[f"{SPECIFIC}{one.short_name}" for one in near])
    lines = "\n".join(f"{letter} {texts.list_line(one)}" for letter, one in zip(LETTERS, near, strict=False))
    return Text(
        f"与{policy.short_name}相近的：\n{lines}\n\n回复字母看要点；都不合适，请直接写您的问题，或回复 0 转人工。"
    )


def _own_question(ctx: Context, policy: PolicyDocument) -> Reply | None:
    """A question of the package's own, in nearly its words: 背靠背怎么办."""
    found = facets.answered_by(policy, ctx.message.text)
    if found is None:
        return None
    ctx.remember(policy=policy.slug, asked=ctx.message.text)
    page = ctx.services.url(f"/p/{policy.slug}")
    return _rated(ctx, facets.answer_question(policy, found, page), page)


def _article(ctx: Context, thing: LastShown, number: int) -> Reply | None:
    policy = _policy(ctx, thing)
    if policy is None:
        return None
    ctx.remember(policy=policy.slug, asked=ctx.message.text)
    page = ctx.services.url(f"/p/{policy.slug}")
    return _rated(ctx, facets.article(policy, number, page), page)
