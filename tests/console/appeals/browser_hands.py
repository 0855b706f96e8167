"""Colleagues at work on cases in real browsers: every form is filled in field by field and sent by its button."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page

from tests.console.appeals.hands import filed
from tests.console.browser import Browsers
from tests.support.office import Office


@dataclass(frozen=True)
class Screen:
    """A page as it was seen."""

    text: str
    words: str


@dataclass
class BrowserDesk:
    """The desk's pages; each colleague keeps a browser."""

    browsers: Browsers
    _open: dict[str, Page] = field(default_factory=dict)

    @property
    def office(self) -> Office:
        """Whose desk it is."""
        return self.browsers.office

    def files(self, who: str = "clerk", **more: Any) -> str:
        """A case that a colleague writes down on the page; its number."""
        page = self._at(who)
        self._go(page, "/console/filing")
        _fill(page, filed(self.office, **more))
        page.get_by_role("button", name="登记并编号").click()
        said = page.locator(".flash").first.inner_text()
        found = re.search(r"SQ\d{11}", said)
        assert found, said
        return found.group(0)

    def does(self, who: str, number: str, act: str, **fields: Any) -> Screen:
        """Press the act's button on the case's page, fill its form in, send it; confirm a dangerous one."""
        page = self._at(who)
        button = page.locator(f"a[href$='/appeals/{number}/do/{act}']").first
        if not button.count():  # the page that is open is another one, or older than what others have done
            self._go(page, f"/console/appeals/{number}")
        if not button.is_visible():  # the less common ones are folded away
            page.locator("details", has=button).locator("summary").first.click()
        button.click()
        form = page.locator("form.act-form")
        _fill(page, fields)
        form.locator("button").first.click()
        sure = page.locator("button[name=sure]")
        page.locator(".flash-good, .callout-bad, button[name=sure]").first.wait_for()
        if sure.count():
            sure.click()
            page.locator(".flash-good, .callout-bad").first.wait_for()
        assert page.locator(".flash-good").count(), _seen(page).words[:400]
        return _seen(page)

    def page(self, who: str, number: str, *, status: int = 200) -> Screen:
        """A case's page."""
        return self.opened(who, f"/console/appeals/{number}", status=status)

    def opened(self, who: str, path: str, *, status: int = 200) -> Screen:
        """Any page."""
        page = self._at(who)
        self._go(page, path, status)
        return _seen(page)

    def state(self, number: str) -> str:
        """The state's word."""
        return self.office.case(number).state.label

    def _at(self, who: str) -> Page:
        if who not in self._open:
            self._open[who] = self.browsers.sign_in(who)
        return self._open[who]

    def _go(self, page: Page, path: str, status: int = 200) -> None:
        answer = page.goto(f"{self.browsers.place.url}{path}", wait_until="domcontentloaded")
        assert answer is not None
        assert answer.status == status, f"{path}: {answer.status}"


def _seen(page: Page) -> Screen:
    return Screen(page.content(), " ".join(str(page.locator("body").text_content()).split()))


def _fill(page: Page, fields: Any) -> None:
    """As a person does: boxes and circles by a click, lists by choosing, the rest by typing."""
    for name, value in fields.items():
        inputs = page.locator(f"form.act-form [name={name}]")
        kind = inputs.first.evaluate("e => e.type")
        if kind in ("radio", "checkbox"):
            for one in value if isinstance(value, list) else [value]:
                page.locator(f"form.act-form [name={name}][value='{one}']").check()
        elif kind == "select-one":
            inputs.select_option(value=str(value))
        else:
            inputs.fill(str(value))
