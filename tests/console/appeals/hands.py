"""Colleagues at work on cases: each act is done on its page, as a person does it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tests.console.visitor import Console, Page
from tests.support.office import Office


class Sight(Protocol):
    """What somebody has before them."""

    @property
    def text(self) -> str:
        """The page's source."""

    @property
    def words(self) -> str:
        """What somebody reads of it, in one line."""


class Hands(Protocol):
    """Colleagues who press the desk's buttons, in a browser or without one."""

    @property
    def office(self) -> Office:
        """Whose desk it is."""

    def files(self, who: str = "clerk", **more: Any) -> str:
        """A case that a colleague writes down; its number."""

    def does(self, who: str, number: str, act: str, **fields: Any) -> Sight:
        """An act on a case; what is seen after it."""

    def page(self, who: str, number: str, *, status: int = 200) -> Sight:
        """A case's page."""

    def opened(self, who: str, path: str) -> Sight:
        """Any page."""

    def state(self, number: str) -> str:
        """The state's word."""


def filed(office: Office, **more: Any) -> Mapping[str, str]:
    """What a clerk types in for another person each time; nothing for what is emptied."""
    office.persons += 1
    given = {
        "channel": "电话",
        "type": "求助",
        "category": "融资",
        "body": f"第{office.persons}件：银行不肯续贷，请帮忙。",
        "company": "石景山某商贸有限公司",
        "contact": "欧阳小明",
        "phone": "13812348000",
        "share_contact": "1",
    } | more
    return {key: value for key, value in given.items() if value}


@dataclass(frozen=True)
class Desk:
    """The console with the desk's pages, without a browser."""

    console: Console

    @property
    def office(self) -> Office:
        """Whose desk it is."""
        return self.console.office

    def opened(self, who: str, path: str) -> Page:
        """Any page."""
        return self.console.at(who).get(path)

    def does(self, who: str, number: str, act: str, *, status: int = 302, **fields: Any) -> Page:
        """Open the form of an act, fill it in and send it; a dangerous one is confirmed on the second page."""
        visitor = self.console.at(who)
        form = visitor.get(f"/console/appeals/{number}/do/{act}")
        sent = {"version": version(form)} | fields
        page = visitor.send(f"/console/appeals/{number}/do/{act}", **sent)
        if page.status == 200 and "确认" in page.text:
            page = visitor.send(f"/console/appeals/{number}/do/{act}", sure="yes", **sent)
        assert page.status == status, f"{act}: {page.status} {page.words[:400]}"
        return visitor.get(page.answer.location) if status == 302 else page

    def page(self, who: str, number: str, *, status: int = 200) -> Page:
        """A case's page."""
        return self.console.at(who).get(f"/console/appeals/{number}", status)

    def offered(self, who: str, number: str) -> set[str]:
        """The acts that the page offers."""
        return set(re.findall(rf"/console/appeals/{number}/do/(\w+)", self.page(who, number).text))

    def state(self, number: str) -> str:
        """The state's word."""
        return self.console.office.case(number).state.label

    def files(self, who: str = "clerk", **more: Any) -> str:
        """A case that a colleague writes down on the page; its number."""
        visitor = self.console.at(who)
        visitor.get("/console/filing")
        page = visitor.post("/console/filing", **filed(self.office, **more))
        found = re.search(r"SQ\d{11}", page.flash)
        assert found, page.words[:300]
        return found.group(0)


def version(page: Page) -> str:
    """The version that a form was opened at."""
    found = re.search(r'name="version" value="(\d+)"', page.text)
    assert found, page.words[:300]
    return found.group(1)
