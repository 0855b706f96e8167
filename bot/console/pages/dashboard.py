"""工作台: what waits for this colleague."""

from __future__ import annotations

from flask import g, redirect, render_template, url_for

from bot.console.cards import cards_for
from bot.console.family import SIGNED_IN, Family, Page
from bot.core import clock
from bot.core.workdays import is_workday
from bot.staff import inbox

page = Family("dashboard", "工作台", "工作", SIGNED_IN, order=0, entry="/console/")


@page.get("/")
def home() -> Page:
    """Cards and the newest lines of the inbox."""
    return render_template(
        "dashboard/index.html",
        cards=cards_for(g.db, g.staff),
        notices=inbox.mine(g.db, g.staff, unread=True, limit=8),
        today=clock.today(),
        working=is_workday(clock.today()),
    )


@page.get("")
def home_without_slash() -> Page:
    """Without the final slash."""
    return redirect(url_for(".home"))
