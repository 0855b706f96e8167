"""Addresses below /console that no page has."""

from __future__ import annotations

from bot.console.edge import page_of
from bot.console.family import PUBLIC, Answer, Family

page = Family("nowhere", "没有这个页面", "我的", PUBLIC)


@page.get("/<path:rest>", own=True)
def nowhere(rest: str) -> Answer:
    """The console's own page for what is not there."""
    return page_of(404)
