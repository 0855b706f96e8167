"""A colleague at the console without a browser: pages are fetched and forms sent as a browser without scripts does."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from bot.app import create_app
from bot.core.db import transaction
from models.staff import Staff
from tests.support.office import Office

PASSWORD = "一起 走过 蓝色 的桥"
_addresses = count(1)


@cache
def password_hash() -> str:
    """The hash of everybody's password in tests: argon2 as in the product, at a fraction of its cost."""
    return PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)


@dataclass(frozen=True)
class Page:
    """What came back."""

    answer: TestResponse

    @property
    def status(self) -> int:
        """The status code."""
        return self.answer.status_code

    @property
    def text(self) -> str:
        """The page's source."""
        return self.answer.text

    @property
    def words(self) -> str:
        """What somebody reads of it, in one line."""
        body = re.sub(r"<(script|style|title)\b.*?</\1>", " ", self.text, flags=re.DOTALL)
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())

    @property
    def flash(self) -> str:
        """The messages above the page."""
        found = re.findall(r'class="flash[^"]*"[^>]*>(.*?)</(?:p|div)>', self.text, flags=re.DOTALL)
        return html.unescape(" ".join(found))

    @property
    def token(self) -> str:
        """The page's CSRF token."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.text)
        assert found, f"no form on this page: {self.words[:200]}"
        return found.group(1)


@dataclass
class Visitor:
    """One browser."""

    client: FlaskClient
    address: str = field(default_factory=lambda: f"10.0.{next(_addresses)}.7")
    _token: str | None = None

    def get(self, path: str, status: int = 200) -> Page:
        """Open a page."""
        page = Page(self.client.get(path, headers=self._headers()))
        assert page.status == status, f"{path}: {page.status} {page.words[:300]}"
        if 'name="csrf_token"' in page.text:
            self._token = page.token
        return page

    def post(self, path: str, *, status: Any = 302, **fields: Any) -> Page:
        """Send a form with the token of the page that was open before. A redirect is followed and the page that it leads
        to returned."""
        page = self.send(path, **fields)
        assert page.status == status, f"{path}: {page.status} {page.words[:300]}"
        return self.get(page.answer.location) if status in (302, 303) else page

    def send(self, path: str, **fields: Any) -> Page:
        """Send a form, whatever comes back; without a page before it, without a token."""
        token = {"csrf_token": self._token} if self._token else {}
        return Page(self.client.post(path, data=token | fields, headers=self._headers()))

    def sign_in(self, name: str, password: str = PASSWORD, *, status: int = 302) -> Page:
        """Fill in the sign-in page."""
        self.get("/console/sign-in")
        return self.post("/console/sign-in", name=name, password=password, status=status)

    def _headers(self) -> dict[str, str]:
        return {"X-Forwarded-For": self.address}  # the test stands where our proxy does


@dataclass
class Console:
    """The web application over an office. Colleagues go by the office's keys: clerk, dispatcher, unit, other, helper,
    leader, auditor, admin."""

    office: Office
    app: Flask
    _signed_in: dict[str, Visitor] = field(default_factory=dict)

    @classmethod
    def open(cls, office: Office) -> Console:
        """Hire everybody and give them the same password."""
        office.open()
        with transaction(office.services.engine) as db:
            db.execute(update(Staff).values(password_hash=password_hash()))
        return cls(office, create_app(office.services.config, office.services))

    def visitor(self, address: str = "") -> Visitor:
        """Somebody who has not signed in, at a place of their own or at this address."""
        client = self.app.test_client()
        return Visitor(client, address) if address else Visitor(client)

    def sign_in(self, who: str) -> Visitor:
        """A colleague at a browser of their own."""
        visitor = self.visitor()
        visitor.sign_in(self.office.people[who].name)
        return visitor

    def at(self, who: str) -> Visitor:
        """A colleague who is signed in; the same browser for the whole module."""
        if who not in self._signed_in:
            self._signed_in[who] = self.sign_in(who)
        return self._signed_in[who]

    def person(self, who: str) -> Staff:
        """Their row as it stands."""
        with transaction(self.office.services.engine) as db:
            return db.get_one(Staff, self.office.people[who].id)
