"""Message objects of API calls, checked and turned into what a phone shows (platform §5.2, §6.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bot.simulator.errors import CallRefused
from bot.simulator.interfaces import media

if TYPE_CHECKING:
    from bot.simulator.world import World

Json = dict[str, Any]
TEXT_BYTES = 2048
MSGMENU_ITEMS = 10  # WeChat's own limit is not documented
MSGMENU_ITEM_BYTES = 128  # nor is this one


def custom(world: World, body: Json) -> Json:
    """What a customer-service message shows. Raises 40008, 40007, 44004, 45002, 45008, 45098 …"""
    kind = str(body.get("msgtype", ""))
    build = CUSTOM.get(kind)
    if build is None:
        raise CallRefused(40008)
    part = body.get(kind)
    if not isinstance(part, dict):
        raise CallRefused(44004 if kind == "text" else 47001)
    shown = build(world, part)
    context = body.get("aimsgcontext")
    if isinstance(context, dict) and context.get("is_ai_msg") == 1:
        shown["ai"] = True
    return shown


def text(_: World, part: Json) -> Json:
    """Text of 1 to 2048 bytes. Raises 44004 or 45002."""
    content = part.get("content")
    if not isinstance(content, str) or not content:
        raise CallRefused(44004)
    if len(content.encode()) > TEXT_BYTES:
        raise CallRefused(45002)
    return {"type": "text", "text": content}


def stored(kind: str) -> Callable[[World, Json], Json]:
    """A message that shows a stored medium of one kind. Raises 40007."""

    def build(world: World, part: Json) -> Json:
        found = media.usable(world, str(part.get("media_id", "")), kind)
        shown = {"type": kind, "media_id": found.media_id}
        if kind == "image":
            shown["image_url"] = media.link(found)
        if kind == "video":
            media.usable(world, str(part.get("thumb_media_id", "")), "thumb", "image")
            shown |= {"title": str(part.get("title", "")), "text": str(part.get("description", ""))}
        return shown

    return build


def news_articles(articles: list[Json], links: list[str]) -> Json:
    """Articles of a draft or a publication as a card shows them."""
    cards = [
        {
            "title": one.get("title", ""),
            "description": one.get("digest", ""),
            "picurl": one.get("thumb_url", ""),
            "url": link,
        }
        for one, link in zip(articles, links, strict=True)
    ]
    return {"type": "news", "articles": cards}


def _news(_: World, part: Json) -> Json:
    articles = part.get("articles")
    if not isinstance(articles, list) or not articles:
        raise CallRefused(44003)
    if len(articles) != 1:
        raise CallRefused(45008)
    only = {key: str(articles[0].get(key, "")) for key in ("title", "description", "picurl", "url")}
    return {"type": "news", "articles": [only]}


def _music(world: World, part: Json) -> Json:
    media.usable(world, str(part.get("thumb_media_id", "")), "thumb", "image")
    return {"type": "music", "title": part.get("title", ""), "text": part.get("description", "")}


def _draft(world: World, part: Json) -> Json:
    draft = world.state.drafts.get(str(part.get("media_id", "")))
    if draft is None:
        raise CallRefused(40007)
    return news_articles(draft.articles, [""] * len(draft.articles))


def _published(world: World, part: Json) -> Json:
    article = world.state.articles.get(str(part.get("article_id", "")))
    kept = [one for one in article.news if one] if article else []
    if not kept:
        raise CallRefused(53600)
    return news_articles(kept[:1], [str(kept[0].get("url", ""))])


def _msgmenu(_: World, part: Json) -> Json:
    items = part.get("list")
    if not isinstance(items, list) or not items:
        raise CallRefused(47001)
    if len(items) > MSGMENU_ITEMS:
        raise CallRefused(45098)
    listed = [{"id": str(one.get("id", "")), "content": str(one.get("content", ""))} for one in items]
    if any(len(one["content"].encode()) > MSGMENU_ITEM_BYTES for one in listed):
        raise CallRefused(45099)
    head, tail = str(part.get("head_content", "")), str(part.get("tail_content", ""))
    words = "\n".join(one for one in (head, *(item["content"] for item in listed), tail) if one)
    return {"type": "msgmenu", "head_content": head, "list": listed, "tail_content": tail, "text": words}


def _card(_: World, part: Json) -> Json:
    if not part.get("card_id"):
        raise CallRefused(40008)
    return {"type": "wxcard", "text": "[卡券]"}


def _miniprogram(world: World, part: Json) -> Json:
    media.usable(world, str(part.get("thumb_media_id", "")), "thumb", "image")
    return {
        "type": "miniprogrampage",
        "text": str(part.get("title", "")),
        "title": str(part.get("title", "")),
    }


CUSTOM: dict[str, Callable[[Any, Json], Json]] = {
    "text": text,
    "image": stored("image"),
    "voice": stored("voice"),
    "video": stored("video"),
    "music": _music,
    "news": _news,
    "mpnews": _draft,
    "mpnewsarticle": _published,
    "msgmenu": _msgmenu,
    "wxcard": _card,
    "miniprogrampage": _miniprogram,
}
