"""The draft box (platform §6.2) and how articles get an address."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bot.simulator.api import Answer, Call, endpoint
from bot.simulator.errors import CallRefused
from bot.simulator.interfaces import media
from bot.simulator.state import Article, Draft

if TYPE_CHECKING:
    from bot.simulator.world import World

Json = dict[str, Any]
ARTICLES = 8
CONTENT_CHARACTERS = 20_000
CONTENT_BYTES = 1024 * 1024
DIGEST_DEFAULT = 54  # first characters of the text
SCRIPT = re.compile(r"<script\b.*?(?:</script\s*>|$)", re.DOTALL | re.IGNORECASE)
IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
OWN_IMAGE = re.compile(r"""\b(?:data-)?src\s*=\s*["']?https?://[^"'\s>]+/mmbiz""", re.IGNORECASE)
TAG = re.compile(r"<[^>]*>")


@endpoint("draft/add")
def add(call: Call) -> Answer:
    """A new draft of 1 to 8 articles."""
    articles = call.body.get("articles")
    if not isinstance(articles, list) or not articles:
        raise CallRefused(44003)
    if len(articles) > ARTICLES:
        raise CallRefused(45008)
    kept = [_checked_article(call.world, one, alone=len(articles) == 1) for one in articles]
    draft = Draft(call.world.fresh_id(64), kept, int(call.world.now()))
    call.state.drafts[draft.media_id] = draft
    return {"media_id": draft.media_id}


@endpoint("draft/get")
def get(call: Call) -> Answer:
    """The articles of a draft."""
    draft = _draft(call)
    return {"news_item": draft.articles, "create_time": draft.updated, "update_time": draft.updated}


@endpoint("draft/batchget")
def batch_get(call: Call) -> Answer:
    """A page of the draft box, newest first."""
    offset, count = page_bounds(call)
    drafts = list(reversed(call.state.drafts.values()))
    page = [
        {
            "media_id": one.media_id,
            "content": {"news_item": without_content(call, one.articles)},
            "update_time": one.updated,
        }
        for one in drafts[offset : offset + count]
    ]
    return {"total_count": len(drafts), "item_count": len(page), "item": page}


@endpoint("draft/update")
def update(call: Call) -> Answer:
    """Replace one article of a draft."""
    draft, index, article = _draft(call), call.number("index", 0), call.body.get("articles")
    if not 0 <= index < len(draft.articles):
        raise CallRefused(40114)
    if not isinstance(article, dict):
        raise CallRefused(44003)
    draft.articles[index] = _checked_article(call.world, article, alone=len(draft.articles) == 1)
    draft.updated = int(call.world.now())
    return {}


@endpoint("draft/delete")
def delete(call: Call) -> Answer:
    """Remove a draft for good."""
    del call.state.drafts[_draft(call).media_id]
    return {}


@endpoint("draft/count", "GET")
def count(call: Call) -> Answer:
    """How many drafts there are."""
    return {"total_count": len(call.state.drafts)}


def publish(world: World, articles: list[Json]) -> Article:
    """Put articles on permanent addresses."""
    article_id = world.fresh_id(40)
    news: list[Json | None] = [
        {**one, "url": f"{world.base_url}s/{article_id}/{index}", "is_deleted": False}
        for index, one in enumerate(articles, 1)
    ]
    made = Article(article_id, news, int(world.now()))
    world.state.articles[article_id] = made
    return made


def page_bounds(call: Call) -> tuple[int, int]:
    """offset and count (1 … 20) of a list call. Raises 40035."""
    offset, count = call.number("offset", 0), call.number("count", 20)
    if offset < 0 or not 1 <= count <= 20:
        raise CallRefused(40035)
    return offset, count


def without_content(call: Call, articles: list[Any]) -> list[Json]:
    """The articles, without their text when the call says no_content."""
    kept = [one for one in articles if one]
    if call.number("no_content", 0) == 1:
        return [{key: value for key, value in one.items() if key != "content"} for one in kept]
    return kept


def _draft(call: Call) -> Draft:
    draft = call.state.drafts.get(call.text("media_id"))
    if draft is None:
        raise CallRefused(40007)
    return draft


def _checked_article(world: World, article: Any, *, alone: bool) -> Json:
    """One article as WeChat keeps it. Raises 40007, 41039, 45003, 45004, 45166 …"""
    if not isinstance(article, dict):
        raise CallRefused(47001)
    words = {key: str(article.get(key, "")) for key in ("title", "author", "digest", "content")}
    if not words["title"] or len(words["title"]) > 32:
        raise CallRefused(45003)
    if len(words["author"]) > 16 or len(words["digest"]) > 120:
        raise CallRefused(45004)
    body = words["content"]
    if not body or len(body) >= CONTENT_CHARACTERS or len(body.encode()) >= CONTENT_BYTES:
        raise CallRefused(45166)
    source = str(article.get("content_source_url", ""))
    if len(source.encode()) > 1024:
        raise CallRefused(41039)
    words["content"] = _without_scripts(body)
    if not words["digest"] and alone:
        words["digest"] = TAG.sub("", words["content"]).strip()[:DIGEST_DEFAULT]
    return {**words, "content_source_url": source, **_pictures(world, article), **_flags(article)}


def _without_scripts(body: str) -> str:
    """Scripts and pictures from elsewhere are taken out without a word."""
    return IMAGE.sub(lambda found: found[0] if OWN_IMAGE.search(found[0]) else "", SCRIPT.sub("", body))


def _pictures(world: World, article: Json) -> Json:
    kind = article.get("article_type", "news")
    if kind == "newspic":
        images = (article.get("image_info") or {}).get("image_list") or []
        ids = [str(one.get("image_media_id", "")) for one in images]
        if not 1 <= len(ids) <= 20:
            raise CallRefused(40007)
    elif kind == "news":
        ids = [str(article.get("thumb_media_id", ""))]
    else:
        raise CallRefused(40035)
    found = [media.usable(world, one, "image", "thumb") for one in ids]
    if not all(one.permanent for one in found):
        raise CallRefused(40007)
    thumb = {"thumb_media_id": ids[0], "thumb_url": media.link(found[0])}
    return {
        "article_type": kind,
        **thumb,
        **({"image_info": article["image_info"]} if kind == "newspic" else {}),
    }


def _flags(article: Json) -> Json:
    return {key: int(bool(article.get(key, 0))) for key in ("need_open_comment", "only_fans_can_comment")}
