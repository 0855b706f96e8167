"""Colleagues in real browsers over the running service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext, Page
from sqlalchemy import update

from bot.core.db import transaction
from models.staff import Staff
from tests.console.visitor import PASSWORD, password_hash
from tests.support.office import Office
from tests.support.place import Place

DESK, PHONE = (1366, 768), (390, 844)


@dataclass
class Browsers:
    """Each colleague has a browser of their own. `errors` holds what went wrong inside them."""

    place: Place
    new_context: Callable[..., BrowserContext]
    office: Office = field(init=False)
    errors: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def hire(self) -> None:
        """An office on the place's database."""
        self.office = Office(self.place.services)
        self.office.open()
        with transaction(self.place.engine) as db:
            db.execute(update(Staff).values(password_hash=password_hash()))

    def visitor(self, size: tuple[int, int] = DESK, **choices: Any) -> Page:
        """A new browser at the sign-in page."""
        context = self.new_context(viewport={"width": size[0], "height": size[1]}, **choices)
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: self._note(said.type, said.text))
        page.goto(f"{self.place.url}/console/sign-in")
        return page

    def sign_in(self, who: str, size: tuple[int, int] = DESK, **choices: Any) -> Page:
        """A colleague at the dashboard."""
        page = self.visitor(size, **choices)
        page.fill("[name=name]", self.office.people[who].name)
        page.fill("[name=password]", PASSWORD)
        page.click("main button")
        page.wait_for_url("**/console/")
        return page

    def close(self) -> None:
        """Close every colleague's browser."""
        for context in self.contexts:
            context.close()

    def _note(self, kind: str, text: str) -> None:
        """What the policy against foreign scripts and styles refused; a page's own status is the test's business."""
        if kind == "error" and "status of" not in text:
            self.errors.append(text)
