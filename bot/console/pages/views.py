"""保存的视图: a list page as one colleague likes it, under a name."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import flash, g, redirect
from sqlalchemy import delete, func, select

from bot.console.addresses import inside
from bot.console.family import SIGNED_IN, Family, Page
from bot.console.typed import line
from bot.core import clock
from models.views import SavedView

page = Family("views", "保存的视图", "我的", SIGNED_IN)
MOST = 30


@page.post("/views")
def save_view() -> Page:
    """Keep the address of a list under a name; the same name again replaces it."""
    name, back = line("name", 32), inside(line("back", 5000))
    where, what = urlsplit(back).path[:64], urlsplit(back).query[:4000]
    if not name:
        flash("没有保存：请给这个视图起个名字，例如“本月超期”。", "bad")
        return redirect(back)
    mine = SavedView.staff_id == g.staff.id
    count = g.db.scalar(select(func.count()).select_from(SavedView).where(mine)) or 0
    if count >= MOST:
        flash(f"没有保存：最多保存 {MOST} 个视图，请先删除不用的。", "bad")
        return redirect(back)
    g.db.execute(delete(SavedView).where(mine, SavedView.page == where, SavedView.name == name))
    g.db.add(SavedView(staff_id=g.staff.id, page=where, name=name, query=what, created_at=clock.now()))
    flash(f"已保存视图「{name}」。", "good")
    return redirect(back)


@page.post("/views/<int:view_id>/delete")
def delete_view(view_id: int) -> Page:
    """Forget a view; only one's own."""
    g.db.execute(delete(SavedView).where(SavedView.id == view_id, SavedView.staff_id == g.staff.id))
    flash("已删除视图。", "good")
    return redirect(inside(line("back", 5000)))
