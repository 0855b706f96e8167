"""Walk the routes in the order of domain §7.3 until one answers; there is always an answer with a next step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.chat import forms, unfiled
from bot.chat.context import Context
from bot.chat.router import RouteMatch, Routes
from bot.understanding.cleaning import clean
from bot.understanding.emergency import emergency
from bot.understanding.normalise import menu_digit, normalise
from bot.understanding.stickers import is_wordless
from bot.understanding.trouble import asks
from bot.understanding.understand import understand
from bot.wechat.replies import Reply, Silence, Text

UNSUPPORTED = "【收到不支持的消息类型"
MENU_KEY = "menu:"
EXPIRED = "您上次没填完的内容已过24小时，已经清除；需要的话请重新填写（提诉求回复 6）。"
LEFT = "已退出填写，草稿保留24小时，回复「继续填写」接着填。"
WORDLESS = "表情收到了，不算作回答；请用文字写。"
ASKED = frozenset({"events", "help", "study"})  # what questions for other matters are easily taken for
SOUNDS_LIKE = ASKED | {"human", "appeal_status", "offtopic", "subscribe_study", "unsubscribe_study"}
COMMAND, ORDER = 0.75, 0.9  # scores of words that are nearly a command, and that are one
FREE_TEXT = frozenset({"human"})  # forms without a list: a bare digit is the menu's


@dataclass(frozen=True)
class Answered:
    """What is said, and what the words were taken for."""

    reply: Reply
    intent: str | None = None


def dispatch(routes: Routes, ctx: Context) -> Answered:
    """The answer to one message or event."""
    expired = forms.expire(ctx.conversation, ctx.now)
    ctx.redirect = lambda intent: _for_intent(routes, ctx, intent)
    told = ctx.recalled("pending")
    answer = _answer_message(routes, ctx)
    if ctx.recalled("pending") == told and isinstance(answer.reply, Text):
        again = unfiled.offer_again(ctx)
        answer = replace(answer, reply=_put_after(answer.reply, again)) if again else answer
    if expired and isinstance(answer.reply, Text):
        return replace(answer, reply=_put_before(EXPIRED, answer.reply))
    return answer


def _answer_message(routes: Routes, ctx: Context) -> Answered:
    message = ctx.message
    if message.kind == "event":
        return _answer_event(routes, ctx)
    if message.kind == "voice" and message.recognition:
        ctx.message = message = replace(message, kind="text", text=message.recognition)
    if message.kind == "text":
        return _answer_text(routes, ctx)
    return _answer_without_text(routes, ctx)


def _answer_event(routes: Routes, ctx: Context) -> Answered:
    name, key = ctx.message.event or "", ctx.message.event_key or ""
    if name == "click":
        return _answer_tap(routes, ctx, key.removeprefix(MENU_KEY))
    return _first_answer(routes.for_event(name, key), ctx) or Answered(Silence(), name)


def _answer_tap(routes: Routes, ctx: Context, words: str) -> Answered:
    """A tap on the menu equals its word; a key that says nothing, as an older menu may have, shows the menu."""
    ctx.message = replace(ctx.message, kind="text", text=words)
    has_draft = forms.leave(ctx)
    answer = _answer_text(routes, ctx)
    if answer.intent in ("unknown", "offtopic"):
        ctx.remember(pending=None, list=None)
        answer = _first_answer(routes.for_words("菜单", anywhere=True), ctx) or answer
    if has_draft and isinstance(answer.reply, Text):
        return replace(answer, reply=_put_before(LEFT, answer.reply))
    return answer


def _answer_text(routes: Routes, ctx: Context) -> Answered:
    words = ctx.message.text or ""
    if words.startswith(UNSUPPORTED) or not words.strip():
        return _answer_without_text(routes, ctx)
    ctx.text = normalise(words)
    if ctx.message.menu_item_id and (tapped := _for_intent(routes, ctx, "tap")):
        return Answered(tapped, "tap")
    danger = emergency(words)
    if danger:
        return _answer_danger(routes, ctx, danger)
    return _answer_words(routes, ctx)


def _answer_words(routes: Routes, ctx: Context) -> Answered:
    if ctx.conversation.form:
        return _answer_in_form(routes, ctx)
    return (
        _answer_wordless(routes, ctx)
        or _first_answer(routes.for_words(ctx.text, anywhere=True), ctx)
        or _first_answer(routes.for_words(ctx.text, anywhere=False), ctx)
        or _answer_awaited(routes, ctx)
        or _answer_follow_up(routes, ctx)
        or _answer_understood(routes, ctx)
    )


def _answer_wordless(routes: Routes, ctx: Context) -> Answered | None:
    """A face, an emoji or a mark alone is answered, and taken for nothing."""
    reply = _for_intent(routes, ctx, "sticker") if _is_wordless(ctx) else None
    return Answered(reply, "sticker") if reply else None


def _is_wordless(ctx: Context) -> bool:
    """A question mark asks for help; any other mark, a face or an emoji has no word that could be looked up."""
    return is_wordless(ctx.message.text) and bool(ctx.message.text.strip("?？ "))


def _answer_awaited(routes: Routes, ctx: Context) -> Answered | None:
    """The answer to what the account asked by itself, when nothing has been said since."""
    reply = _for_intent(routes, ctx, "awaited")
    return Answered(reply, "awaited") if reply else None


def _answer_follow_up(routes: Routes, ctx: Context) -> Answered | None:
    """The answer to words that only make sense after what was shown last: 要什么材料, 第二个."""
    reply = _for_intent(routes, ctx, "follow_up")
    if reply is None:
        return None
    ctx.conversation.misses = 0
    return Answered(reply, "follow_up")


def _answer_in_form(routes: Routes, ctx: Context) -> Answered:
    form = ctx.conversation.form or ""
    if ctx.text in forms.LEAVE:
        has_draft = forms.leave(ctx)
        shown = _first_answer(routes.for_words("菜单", anywhere=True), ctx)
        menu = shown.reply if shown and isinstance(shown.reply, Text) else Text("")
        return Answered(_put_before(LEFT if has_draft else "已退出。", menu), "help")
    if form in FREE_TEXT and menu_digit(ctx.message.text) is not None:
        forms.close(ctx.conversation)
        return _answer_words(routes, ctx)
    route = routes.for_form(form)
    if route is None:  # a form of an older version that no longer exists
        forms.close(ctx.conversation)
        return _answer_words(routes, ctx)
    if form in forms.FORMS and _is_wordless(ctx):
        return Answered(forms.FORMS[form].ask_again(ctx, WORDLESS), form)
    elsewhere = _first_answer(routes.for_words(ctx.text, anywhere=True), ctx)
    if elsewhere is None:
        reply = route.handler(ctx)
        # The form let the person go: they spoke of something else.
        if reply is None and ctx.conversation.form is None:
            return _answer_words(routes, ctx)
        return Answered(reply or Silence(), form)
    if ctx.conversation.form == form and isinstance(elsewhere.reply, Text):
        return replace(elsewhere, reply=_with_reminder(elsewhere.reply))
    return elsewhere


def _put_before(first: str, reply: Text) -> Text:
    return replace(reply, content=f"{first}\n\n{reply.content}")


def _put_after(reply: Text, last: str) -> Text:
    return replace(reply, content=f"{reply.content}\n\n———\n{last}")


def _with_reminder(reply: Text) -> Text:
    return replace(
        reply,
        content=f"{reply.content}\n\n———\n您的表还开着：直接回复上一个问题就能接着填，回复「返回」退出（草稿保留24小时）。",
    )


def _answer_danger(routes: Routes, ctx: Context, danger: str) -> Answered:
    """The numbers to call come before everything else; the words are still taken."""
    in_form = ctx.conversation.form is not None
    first = _for_intent(routes, ctx, danger)
    if first is None or not isinstance(first, Text):
        return _answer_words(routes, ctx)
    if not in_form or danger == "self_harm":
        return Answered(first, danger)
    then = _answer_in_form(routes, ctx).reply
    rest = then.content if isinstance(then, Text) else ""
    return Answered(Text(f"{first.content}\n\n———\n{rest}"), danger)


def _answer_understood(routes: Routes, ctx: Context) -> Answered:
    ctx.understanding = understand(ctx.message.text or "", ctx.library.index)
    if ctx.understanding.understood:
        reply = _asked_about_content(routes, ctx) or _for_intent(routes, ctx, ctx.understanding.intent)
        if reply is not None:
            ctx.conversation.misses = 0
            if ctx.conversation.form is None:
                unfiled.keep_question(ctx)
            return Answered(reply, ctx.understanding.intent)
    return Answered(_for_intent(routes, ctx, "unknown") or Text("请回复「菜单」看全部服务。"), "unknown")


def _asked_about_content(routes: Routes, ctx: Context) -> Reply | None:
    """A question that merely sounds like something else: the package that it surely asks for, or the honest no where it
    is for a matter of which nothing is held."""
    meaning = ctx.understanding
    if meaning is None or meaning.steps[-1].startswith(("exact:", "name:", "unwanted:")):
        return None
    if word_for_word := _for_intent(routes, ctx, "asked"):
        return word_for_word
    if meaning.intent.startswith("policy:"):
        return _for_intent(routes, ctx, "elsewhere")
    if meaning.intent not in SOUNDS_LIKE or meaning.score >= ORDER or not asks(clean(ctx.message.text)):
        return None
    found = _for_intent(routes, ctx, "held:surely" if meaning.score >= COMMAND else "held:likely")
    return found or (_for_intent(routes, ctx, "elsewhere") if meaning.intent in ASKED else None)


def _for_intent(routes: Routes, ctx: Context, intent: str) -> Reply | None:
    ctx.intent = intent
    return next((reply for found in routes.for_intent(intent) if (reply := _call_handler(found, ctx))), None)


def _answer_without_text(routes: Routes, ctx: Context) -> Answered:
    """The answer to a picture, voice without words, a place, a link … An open form may want it."""
    name = ctx.conversation.form
    if name and (form := routes.for_form(name)):
        reply = form.handler(ctx)
        if reply is not None or ctx.conversation.form is not None:
            return Answered(reply or Silence(), name)
    awaited = _answer_awaited(routes, ctx) if ctx.message.kind == "image" else None
    if awaited is not None:
        return awaited
    kind = "unsupported" if ctx.message.kind in ("text", "unknown") else ctx.message.kind
    if ctx.message.kind == "unknown":
        return Answered(Silence(), "unknown")
    route = routes.for_kind(kind) or routes.for_kind("unsupported")
    return Answered((route.handler(ctx) if route else None) or Silence(), kind)


def _first_answer(candidates: Iterable[RouteMatch], ctx: Context) -> Answered | None:
    for candidate in candidates:
        reply = _call_handler(candidate, ctx)
        if reply is not None:
            return Answered(reply, candidate.route.topic)
    return None


def _call_handler(found: RouteMatch, ctx: Context) -> Reply | None:
    ctx.groups = found.groups
    return found.route.handler(ctx)
