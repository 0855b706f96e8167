"""Colleagues at work on cases: each act is done on its page, as a person does it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tests.console.visitor import Console, Page


@dataclass(frozen=True)
class Desk:
    """The console with the desk's pages."""

    console: Console

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
        self.console.office.persons += 1
        given = {
            "channel": "电话",
            "type": "求助",
            "category": "融资",
            "body": f"第{self.console.office.persons}件：银行不肯续贷，请帮忙。",
            "company": "石景山某商贸有限公司",
            "contact": "欧阳小明",
            "phone": "13812348000",
            "share_contact": "1",
        } | more
        page = visitor.post("/console/filing", **{key: value for key, value in given.items() if value})
        found = re.search(r"SQ\d{11}", page.flash)
        assert found, page.words[:300]
        return found.group(0)


def version(page: Page) -> str:
    """The version that a form was opened at."""
    found = re.search(r'name="version" value="(\d+)"', page.text)
    assert found, page.words[:300]
    return found.group(1)
