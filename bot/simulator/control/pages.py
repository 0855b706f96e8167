"""Pages for browsers: the chat page, published articles, pictures inside them."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, send_from_directory

from bot.simulator.control.control import medium_response
from bot.simulator.world import World

PAGE = Path(__file__).parents[1] / "page"
ARTICLE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>{title}</title>
<style>body{{max-width:42em;margin:2em auto;padding:0 1em;line-height:1.75;font-family:sans-serif}}
img{{max-width:100%}} small{{color:#666}}</style>
<h1>{title}</h1><p><small>{author}</small></p>{content}</html>"""
GONE = "该内容已被发布者删除"


def blueprint(world: World) -> Blueprint:
    """The routes that people open."""
    pages = Blueprint("pages", __name__)

    @pages.get("/")
    def chat() -> Response:
        """The chat page."""
        return _fresh(send_from_directory(PAGE, "index.html"))

    @pages.get("/page/<path:name>")
    def part(name: str) -> Response:
        """Style and script of the chat page."""
        return _fresh(send_from_directory(PAGE, name))

    @pages.get("/favicon.ico")
    def icon() -> tuple[str, int]:
        """None, without an error in the browser's log."""
        return "", 204

    @pages.get("/s/<article_id>/<int:index>")
    def article(article_id: str, index: int) -> tuple[str, int]:
        """A published or mass-sent article."""
        with world.lock:
            found = world.state.articles.get(article_id)
            one = found.news[index - 1] if found and 1 <= index <= len(found.news) else None
        return (_rendered(one), 200) if one else (GONE, 404)

    @pages.get("/mmbiz/<media_id>")
    def picture(media_id: str) -> Response | tuple[dict[str, Any], int]:
        """A picture that the account uploaded for its articles."""
        return medium_response(world, media_id)

    return pages


def _rendered(article: dict[str, Any]) -> str:
    # The content is markup by nature and was filtered on arrival; title and author are not.
    words = {key: escape(str(article.get(key, ""))) for key in ("title", "author")}
    return ARTICLE.format(**words, content=article.get("content", ""))


def _fresh(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-cache"
    return response
