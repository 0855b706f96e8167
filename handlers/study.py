"""学习资料: read, subscribe, unsubscribe (订阅 / 退订 / TD). Its verbs are in bot/study."""

from __future__ import annotations

from bot.chat import shown
from bot.chat.context import Context
from bot.chat.forms import Again, Answers, Form, Next, Question, Taken, choice, close, numbered
from bot.chat.router import Router
from bot.chat.shown import Kind
from bot.core import clock
from bot.study import series
from bot.understanding.normalise import normalise
from bot.understanding.ordinals import Pointed, Way, pointed
from bot.wechat.replies import News, Reply, Text, anchor
from models.study import Item, Series, enabled_series, find_series, first_items, issued, subscribed_series

router = Router("学习资料")
ALL = "全部"
LETTERS = "abcdefgh"


@router.intent("study", help="8 学习资料：看本周材料和往期")
def materials(ctx: Context) -> Reply:
    enabled = enabled_series(ctx.db)
    if not enabled:
        return Text("学习资料正在准备。回复「菜单」看其他服务。")
    named = _series_named(ctx.text, enabled)
    if len(named) == 1:
        return _show_newest(ctx, named[0])
    taken = {s.id for s in subscribed_series(ctx.db, ctx.openid)}
    lines, listed = [], []
    for letter, one in zip("ABCDEFGH", enabled, strict=False):
        item = _latest_item(ctx, one)
        mark = "（已订阅）" if one.id in taken else ""
        lines.append(
            f"{letter} {one.title}{mark}\n　{series.schedule_words(one)}｜{item.title if item else '即将开始'}"
        )
        listed.append(f"series:{one.slug}")
    ctx.remember(list=listed)
    return Text(
        "学习资料：\n"
        + "\n".join(lines)
        + "\n\n回复字母看最新一期；回复「订阅」每周接收；回复「往期」看往期。"
    )


def _latest_item(ctx: Context, one: Series) -> Item | None:
    """The item sent last; before the first week, the first item to look into."""
    sent = issued(ctx.db, one.id)
    return sent[0] if sent else next(iter(first_items(ctx.db, one.id)), None)


def _show_newest(ctx: Context, one: Series) -> Reply:
    item = _latest_item(ctx, one)
    if item is None:
        return Text(f"《{one.title}》还没有内容。回复「菜单」看其他服务。")
    return _show_item(ctx, one, item)


def _show_item(ctx: Context, one: Series, item: Item) -> Reply:
    ctx.remember(series=[one.slug, str(item.position)])
    return News(
        f"{item.title}",
        f"{one.title} 第{item.position}期｜{item.digest}",
        ctx.services.url(f"/s/{item.slug}"),
    )


@router.keyword("往期", "往期学习", "学习往期", "历史", help="往期：看以前推送的学习资料")
def back_issues(ctx: Context) -> Reply:
    parts = []
    for one in enabled_series(ctx.db):
        items = issued(ctx.db, one.id)[:3] or first_items(ctx.db, one.id)[:1]
        links = "\n".join(
            anchor(ctx.services.url(f"/s/{i.slug}"), f"第{i.position}期 {i.title}") for i in items
        )
        parts.append(f"{anchor(ctx.services.url(f'/s/{one.slug}'), one.title)}\n{links}")
    return Text("\n\n".join(parts) if parts else "学习资料正在准备。回复「菜单」看其他服务。")


@router.intent("series:*", help="按字母选择学习系列后，看它的最新一期")
def one_series(ctx: Context) -> Reply | None:
    found = [s for s in enabled_series(ctx.db) if ctx.intent == f"series:{s.slug}"]
    return _show_newest(ctx, found[0]) if found else None


@router.intent("follow_up", help="上一期、下一期、第3期：刚看过的那个系列的另一期")
def another_item(ctx: Context) -> Reply | None:
    place, last = pointed(ctx.message.text), shown.last(ctx, Kind.SERIES)
    one = find_series(ctx.db, last.keys[0]) if last else None
    if place is None or place.rest or place.way not in (Way.ISSUE, Way.STEP) or last is None or one is None:
        return None
    if place == Pointed(Way.STEP, 0):
        return _show_newest(ctx, one)
    wanted = place.number if place.way is Way.ISSUE else int(last.keys[1]) + place.number
    found = [item for item in issued(ctx.db, one.id) if item.position == wanted]
    return _show_item(ctx, one, found[0]) if found else Text(_not_sent(one, wanted))


def _not_sent(one: Series, position: int) -> str:
    which = f"第{position}期还没有推送" if position > 0 else "前面没有更早的一期了"
    return f"《{one.title}》{which}。回复「往期」看推送过的，回复 8 看全部系列。"


def _series_named(text: str, among: list[Series]) -> list[Series]:
    """The series that a text names, by its title, the start of its title, or its number in the list."""
    words = normalise(text)
    return [
        s for s in among if len(words) > 1 and (normalise(s.title) in words or _start_of_title(s) in words)
    ]


def _start_of_title(one: Series) -> str:
    return normalise(one.title)[:4]


def _options(ctx: Context) -> tuple[str, ...]:
    return (*(s.title for s in enabled_series(ctx.db)), ALL)


def _ask_series(ctx: Context, answers: Answers) -> str:
    taken = {s.id for s in subscribed_series(ctx.db, ctx.openid)}
    enabled = enabled_series(ctx.db)
    words = tuple(
        f"{s.title}（{series.schedule_words(s)}{'，已订阅' if s.id in taken else ''}）" for s in enabled
    )
    return f"要订阅哪个系列？回复数字：\n{numbered((*words, ALL))}\n（返回：不订阅）"


def _take_series(ctx: Context, answers: Answers) -> Taken:
    options = _options(ctx)
    picked = choice(ctx.message.text, options)
    if picked is None and ctx.text in LETTERS[: len(options) - 1]:
        picked = LETTERS.index(ctx.text)
    if picked is None:
        named = _series_named(ctx.text, enabled_series(ctx.db))
        if len(named) != 1:
            return Again(f"请回复 1—{len(options)}。")
        return Next({"series": [named[0].slug]})
    enabled = enabled_series(ctx.db)
    return Next({"series": [s.slug for s in (enabled if picked == len(enabled) else [enabled[picked]])]})


def _finish_subscribing(ctx: Context, answers: Answers) -> Reply:
    chosen = [s for s in enabled_series(ctx.db) if s.slug in answers["series"]]
    return _subscribe(ctx, chosen)


CHOOSING = Form(
    "subscribe", "订阅", (Question("series", _ask_series, _take_series),), _finish_subscribing, drafts=False
)


def _subscribe(ctx: Context, chosen: list[Series]) -> Reply:
    lines = []
    for one in chosen:
        new = series.subscribe(ctx.db, ctx.openid, one)
        first = clock.local(series.next_occurrence(one, ctx.now))
        lines.append(
            f"{'已订阅' if new else '之前已订阅'}：{one.title}\n　下一期 {first:%m月%d日 %H:%M} 送达"
        )
    return Text("\n".join(lines) + "\n\n回复「学习资料」随时看；回复 TD 退订。")


@router.keyword("订阅", "订阅学习", "我要订阅", help="订阅：每周接收学习资料", anywhere=True)
@router.intent("subscribe_study", help="订阅每周学习推送")
def subscribe(ctx: Context) -> Reply | None:
    if ctx.conversation.form == "subscribe":
        return None
    enabled = enabled_series(ctx.db)
    if not enabled:
        return Text("学习资料正在准备，暂时不能订阅。回复「菜单」看其他服务。")
    if ALL in ctx.text or "所有" in ctx.text:
        return _subscribe(ctx, enabled)
    named = _series_named(ctx.text, enabled)
    return _subscribe(ctx, named) if named else CHOOSING.start(ctx)


@router.pattern(r"订阅\s*(?P<what>\S.*)", help="订阅 系列名：直接订阅一个系列；订阅 全部")
def subscribe_named(ctx: Context) -> Reply:
    enabled, what = enabled_series(ctx.db), ctx.groups["what"]
    if what in ("全部", "所有", "全都要"):
        return _subscribe(ctx, enabled)
    picked = choice(what, tuple(s.title for s in enabled))
    if what in LETTERS[: len(enabled)]:
        picked = LETTERS.index(what)
    named = [enabled[picked]] if picked is not None else _series_named(what, enabled)
    return _subscribe(ctx, named) if named else CHOOSING.start(ctx)


@router.keyword(
    "退订",
    "td",
    "t",
    "取消订阅",
    "退订全部",
    "全部退订",
    help="退订（或 TD）：停止全部学习推送",
    anywhere=True,
)
@router.intent("unsubscribe_study", help="不想再收学习推送")
def unsubscribe(ctx: Context) -> Reply:
    enabled = enabled_series(ctx.db)
    named = _series_named(ctx.text, enabled) if ctx.understanding else []
    return _unsubscribe(ctx, named or None)


@router.pattern(r"(?:退订|td)\s*(?P<what>\S.*)", help="退订 系列名：只停一个系列")
def unsubscribe_named(ctx: Context) -> Reply | None:
    enabled, what = enabled_series(ctx.db), ctx.groups["what"]
    if what in ("全部", "所有"):
        return _unsubscribe(ctx, None)
    taken = subscribed_series(ctx.db, ctx.openid)
    named = _series_named(what, enabled)
    picked = choice(what, tuple(s.title for s in taken)) if not named else None
    if picked is not None:
        named = [taken[picked]]
    if named:
        return _unsubscribe(ctx, named)
    if not taken:
        return _unsubscribe(ctx, None)
    listed = "\n".join(f"退订 {s.title}" for s in taken)
    return Text(
        f"没有认出要退订哪个系列，还没有退订。您订阅了：\n{listed}\n\n照上面的写法回复一条，或回复 TD 全部退订。"
    )


def _unsubscribe(ctx: Context, chosen: list[Series] | None) -> Reply:
    if ctx.conversation.form == CHOOSING.name:
        close(ctx.conversation)
    titles = series.unsubscribe(ctx.db, ctx.openid, chosen)
    if not titles:
        return Text("您现在没有订阅学习推送，不会收到推送。想接收请回复「订阅」。")
    left = subscribed_series(ctx.db, ctx.openid)
    still = f"仍在订阅：{'、'.join(s.title for s in left)}。" if left else "不会再收到学习推送。"
    return Text(f"已退订：{'、'.join(titles)}。{still}\n想恢复请回复「订阅」。")


@router.state("subscribe", help="选择订阅系列中")
def choose(ctx: Context) -> Reply:
    return CHOOSING.answer(ctx)
