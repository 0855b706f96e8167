"""A page family: its line in the menu, who may see it, and its views. A new family is one file in pages/."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wrappers import Response

from bot.staff.rights import RIGHTS, Right
from models.staff import Staff

Page = str | Response | tuple[str, int]
View = Callable[..., Page]


class Everybody:
    """Who may see a view: PUBLIC without signing in, SIGNED_IN every colleague."""

    def __init__(self, words: str) -> None:
        self.words = words


PUBLIC, SIGNED_IN = Everybody("不用登录"), Everybody("登录即可")
Permission = Everybody | Right | frozenset[Right]
GROUPS = ("工作", "诉求", "推送", "内容", "统计", "管理", "我的")


@dataclass(frozen=True)
class Rule:
    """One view: its address below /console, its methods, who may, and what it does.

    `own` views open their transactions themselves, because they compute something slow in between.
    """

    path: str
    methods: tuple[str, ...]
    permission: Permission
    view: View
    own: bool = False
    limit: str | None = None  # as Flask-Limiter writes it, for POST


@dataclass
class Family:
    """Pages that belong together. `title` and `group` make the menu's line, `entry` is its address; a family without
    `entry` is reached from other pages."""

    name: str
    title: str
    group: str
    permission: Permission
    order: int = 50
    entry: str | None = None
    rules: list[Rule] = field(default_factory=list)

    def get(self, path: str, permission: Permission | None = None, **more: Any) -> Callable[[View], View]:
        """A page that only reads: it runs in a reading session, `g.db`."""
        return self._add(path, ("GET",), permission, more)

    def post(self, path: str, permission: Permission | None = None, **more: Any) -> Callable[[View], View]:
        """A change: it runs in one transaction, `g.db`, and answers with `redirect`. Its CSRF token is checked first."""
        return self._add(path, ("POST",), permission, more)

    def form(self, path: str, permission: Permission | None = None, **more: Any) -> Callable[[View], View]:
        """GET shows the form, POST does it; a POST that returns a page instead of a redirect changes nothing."""
        return self._add(path, ("GET", "POST"), permission, more)

    def _add(
        self, path: str, methods: tuple[str, ...], permission: Permission | None, more: dict[str, Any]
    ) -> Callable[[View], View]:
        def register(view: View) -> View:
            allowed = self.permission if permission is None else permission
            self.rules.append(Rule(path, methods, allowed, view, **more))
            return view

        return register


def allowed(permission: Permission, by: Staff | None) -> bool:
    """Whether this colleague, or nobody, may."""
    if permission is PUBLIC:
        return True
    if by is None or not by.active:
        return False
    if isinstance(permission, Everybody):
        return True
    wanted = permission if isinstance(permission, frozenset) else frozenset({permission})
    return bool(RIGHTS[by.role] & wanted)


def menu(families: Sequence[Family], by: Staff) -> list[tuple[str, list[Family]]]:
    """The menu of a colleague: groups in their order, each with its families."""
    mine = [f for f in families if f.entry is not None and allowed(f.permission, by)]
    grouped = [(g, sorted((f for f in mine if f.group == g), key=lambda f: f.order)) for g in GROUPS]
    return [(group, members) for group, members in grouped if members]
