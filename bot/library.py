"""The content as every handler reads it: an immutable snapshot in memory, renewed when the rows change."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Engine, select

from bot.content_model import Category, PolicyDocument
from bot.db import reading
from bot.logs import get_logger
from bot.policies import rank
from bot.understanding.index import Index, Named, Phrases, build_index
from models.policy import Policy, content_version

log = get_logger(__name__)
LOOK_EVERY_SECONDS = 2.0  # a change by staff is seen everywhere within 5 seconds


@dataclass(frozen=True)
class Library:
    """One version of the content. Readers keep the snapshot they began with."""

    version: int
    policies: Mapping[str, PolicyDocument]  # by slug, in the order of their categories' pages
    slugs: Mapping[str, str]  # short name -> slug
    replies: Mapping[str, str]
    index: Index

    def named(self, short_name: str) -> PolicyDocument | None:
        """The policy with this short name."""
        slug = self.slugs.get(short_name)
        return self.policies.get(slug) if slug else None

    def of_category(self, category: str) -> list[PolicyDocument]:
        """The policies of a category, those in force first."""
        return [p for p in self.policies.values() if p.category == Category(category)]

    def say(self, name: str, **values: object) -> str:
        """A standing text of content/replies.toml with its places filled in."""
        return self.replies[name].format(**values).strip()


class LibraryCache:
    """The present library of one process; `current()` costs a clock reading most of the time."""

    def __init__(self, engine: Engine, replies: Mapping[str, str], phrases: Phrases) -> None:
        self._engine, self._replies, self._phrases = engine, replies, phrases
        self._lock = threading.Lock()
        self._library: Library | None = None
        self._looked = 0.0

    def current(self) -> Library:
        """The newest library. While one thread rebuilds it, the others go on with the old one."""
        library = self._library
        if library is not None and time.monotonic() - self._looked < LOOK_EVERY_SECONDS:
            return library
        if library is not None and not self._lock.acquire(blocking=False):
            return library
        if library is None:
            self._lock.acquire()
        try:
            return self._renew()
        finally:
            self._lock.release()

    def _renew(self) -> Library:
        with reading(self._engine) as db:
            version = content_version(db)
            if self._library is None or version != self._library.version:
                rows = db.execute(select(Policy.id, Policy.document, Policy.body)).all()
                self._library = assemble(version, list(_readable(rows)), self._replies, self._phrases)
        self._looked = time.monotonic()
        return self._library


def _readable(rows: Iterable[Any]) -> Iterator[PolicyDocument]:
    """The policies whose rows hold a valid record; one that does not must not silence the others."""
    for row_id, document, body in rows:
        try:
            yield PolicyDocument.model_validate({**document, "body": body})
        except ValidationError:
            log.exception("policy_unreadable", policy=row_id)


def assemble(
    version: int, policies: list[PolicyDocument], replies: Mapping[str, str], phrases: Phrases
) -> Library:
    """The library of these records."""
    ordered = sorted(policies, key=rank)
    index = build_index([named(p) for p in ordered], phrases)
    return Library(
        version, {p.slug: p for p in ordered}, {p.short_name: p.slug for p in ordered}, replies, index
    )


def named(policy: PolicyDocument) -> Named:
    """What the understanding has to know of a policy."""
    title = policy.title.strip("《》")
    return Named(
        policy.short_name,
        tuple({policy.short_name, title, *policy.aliases}),
        tuple(filter(None, [policy.doc_no])),
    )
