"""The content as every handler reads it: an immutable snapshot in memory, renewed when the rows change."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from bot.content.meanings import texts_of
from bot.content.records import Category, Kind, PolicyDocument, Status, is_unverified, rank
from bot.content.taught_phrases import merged, taught
from bot.core.db import reading
from bot.core.logs import get_logger
from bot.understanding.cleaning import clean
from bot.understanding.index import Index, Named, Phrases, Teach, build_index
from bot.understanding.names import tight
from bot.understanding.nearness import Nearness
from bot.understanding.ranking import RankingIndex, build_ranking
from bot.understanding.search import Page, SearchIndex, build_search
from models.content import content_version
from models.meanings import vectors_of
from models.phrases import Phrase, all_phrases
from models.policies import Policy

log = get_logger(__name__)
LOOK_EVERY_SECONDS = 2.0  # a change by staff is seen everywhere within 5 seconds
# A reader that finds a change waits so long for the new library, then takes the old one.
PATIENCE_SECONDS = 2.0
# Said where replies.toml lacks a text. What a person agrees to has no substitute: that handler fails with a number.
ABSENT = "这里的文字正在修改，请稍后再试。回复「菜单」看能办什么；急事请拨打12345。"
ELSEWHERE = "elsewhere:"  # keys of what is ranked and not held
_WORTH_UNVERIFIED, _WORTH_OF_THE_PAST = 0.9, 0.75
CONSENT_TEXTS = frozenset({"privacy_version", "privacy_notice", "contact_consent", "profile_notice"})

_Rows = Sequence[Any]  # id, document, body of each policy
_Vectors = Mapping[str, bytes]  # of everyday questions, by text
_Content = tuple[int, _Rows, list[Phrase], _Vectors]  # of one version


@dataclass(frozen=True)
class Library:
    """One version of the content. Readers keep the snapshot they began with."""

    version: int
    policies: Mapping[str, PolicyDocument]  # by slug, in the order of their categories' pages
    slugs: Mapping[str, str]  # short name -> slug
    replies: Mapping[str, str]
    index: Index
    ranking: RankingIndex
    meant: Mapping[str, tuple[str, ...]]  # the texts whose meaning counts, by key of the ranking
    asked: Mapping[str, str]  # an everyday question as it is written down -> short name
    nearness: Nearness | None = None  # where that is switched on and the vectors are made

    def named(self, short_name: str) -> PolicyDocument | None:
        """The policy with this short name."""
        slug = self.slugs.get(short_name)
        return self.policies.get(slug) if slug else None

    def of_category(self, category: str) -> list[PolicyDocument]:
        """The policies of a category, those in force first."""
        return [p for p in self.policies.values() if p.category == Category(category)]

    def say(self, name: str, **values: object) -> str:
        """A standing text of content/replies.toml with its places filled in."""
        text = self.replies[name] if name in CONSENT_TEXTS else self.replies.get(name, ABSENT)
        return text.format(**values).strip()


class LibraryCache:
    """The present library of one process; most calls of `current()` cost no more than a look at the clock."""

    def __init__(
        self,
        engine: Engine,
        replies: Mapping[str, str],
        phrases: Phrases,
        teach: Teach | None = None,
        model: str | None = None,
    ) -> None:
        """`model` names the vectors that are read, if any."""
        self._engine, self._replies, self._phrases, self._teach = engine, replies, phrases, teach
        self._model = model
        self._lock = threading.Lock()
        self._library: Library | None = None
        self._looked = 0.0
        self._building: threading.Thread | None = None

    def current(self) -> Library:
        """The newest library. While it is rebuilt, readers go on with the old one."""
        library = self._library
        if library is not None and time.monotonic() - self._looked < LOOK_EVERY_SECONDS:
            return library
        if library is not None and not self._lock.acquire(blocking=False):
            return library
        if library is None:
            self._lock.acquire()
        try:
            return self._renewed()
        finally:
            self._lock.release()

    def newest(self) -> Library:
        """The library of the rows as they are now, however long it takes."""
        with self._lock:
            return self._build(*self._read())

    def _renewed(self) -> Library:
        """The library of the newest version. A reader that finds a change starts the building and waits a little, so
        that an idle process answers with new words at once; a large library is finished in the background."""
        old = self._library
        if old is not None and self._building is not None and self._building.is_alive():
            return old
        if old is None:
            return self._build(*self._read())
        with reading(self._engine) as db:
            same = content_version(db) == old.version
        if same:
            self._looked = time.monotonic()
            return old
        self._building = threading.Thread(
            target=self._build_behind, args=self._read(), name="library", daemon=True
        )
        self._building.start()
        self._building.join(PATIENCE_SECONDS)
        return self._library or old

    def _read(self) -> _Content:
        with reading(self._engine) as db:
            # The version comes first: rows that are newer than it are read once more, never missed.
            version = content_version(db)
            vectors = vectors_of(db, self._model) if self._model else {}
            return version, _rows(db), all_phrases(db), vectors

    def _build_behind(self, version: int, rows: _Rows, words: list[Phrase], vectors: _Vectors) -> None:
        try:
            self._build(version, rows, words, vectors)
        except Exception:  # nobody waits for this thread: the old library stays, the next look tries again
            log.exception("library_not_rebuilt", version=version)
            self._looked = time.monotonic()

    def _build(self, version: int, rows: _Rows, words: list[Phrase], vectors: _Vectors) -> Library:
        self._library = assemble(
            version, list(_readable(rows)), self._replies, self._phrases, words, self._teach, vectors
        )
        self._looked = time.monotonic()
        return self._library


def policies_now(db: Session) -> dict[str, PolicyDocument]:
    """The policies as the rows are now, by slug, without what it takes to understand words."""
    return {policy.slug: policy for policy in _readable(_rows(db))}


def _rows(db: Session) -> _Rows:
    return db.execute(select(Policy.id, Policy.document, Policy.body)).all()


def _readable(rows: Iterable[Any]) -> Iterator[PolicyDocument]:
    """The policies whose rows hold a valid record; one that does not must not silence the others."""
    for row_id, document, body in rows:
        try:
            yield PolicyDocument.model_validate({**document, "body": body})
        except ValidationError:
            log.exception("policy_unreadable", policy=row_id)


def assemble(
    version: int,
    policies: list[PolicyDocument],
    replies: Mapping[str, str],
    phrases: Phrases,
    words: Iterable[Phrase] = (),
    teach: Teach | None = None,
    vectors: _Vectors | None = None,
) -> Library:
    """The library of these records; `words` are the phrases that staff taught, `teach` how the shipped ones are learnt."""
    ordered = sorted(policies, key=rank)
    by_slug = {p.slug: p for p in ordered}
    spoken = merged(phrases, taught(words, by_slug))
    pages = tuple(map(page, ordered))
    index = build_index([named(p) for p in ordered], spoken, _searched(pages), phrases, teach)
    slugs = {p.short_name: p.slug for p in ordered}
    others = tuple(elsewhere(phrases))
    meant = {p.short_name: tuple(texts_of(p)) for p in ordered} | {one.key: one.asks for one in others}
    ranked, near = _ranked((*pages, *others)), nearness(meant, vectors or {})
    asked = {tight(clean(ask)): p.short_name for p in reversed(ordered) for ask in p.asks}
    return Library(version, by_slug, slugs, replies, index, ranked, meant, asked, near)


def elsewhere(phrases: Phrases) -> Iterator[Page]:
    """What is ranked beside the packages, so that a question for it finds none of them."""
    for name, words in phrases.elsewhere:
        yield Page(f"{ELSEWHERE}{name}", "", asks=words)


def nearness(meant: Mapping[str, Iterable[str]], vectors: _Vectors) -> Nearness | None:
    """What is ranked by the vectors of its texts, as far as they are made; None without any."""
    made = [(key, vectors[text]) for key, texts in meant.items() for text in texts if text in vectors]
    return Nearness(*zip(*made, strict=True)) if made else None


@lru_cache(maxsize=2)
def _searched(pages: tuple[Page, ...]) -> SearchIndex:
    """Kept while the packages stay as they are, so that a phrase of staff does not wait for it."""
    return build_search(pages)


@lru_cache(maxsize=2)
def _ranked(pages: tuple[Page, ...]) -> RankingIndex:
    return build_ranking(pages)


def named(policy: PolicyDocument) -> Named:
    """What the understanding has to know of a policy."""
    title = policy.title.strip("《》")
    is_guide = policy.kind is Kind.GUIDE
    return Named(
        policy.short_name,
        () if is_guide else tuple({policy.short_name, title, *policy.aliases}),
        tuple(filter(None, [policy.doc_no])),
        # 劳动仲裁, 改地址 are everyday words: they mean a guide when they are the whole message.
        whole=tuple({policy.short_name, title, *policy.aliases}) if is_guide else (),
    )


def page(policy: PolicyDocument) -> Page:
    """What is searched of a policy."""
    tags = policy.tags
    words = (*tags.industry, *tags.size, *tags.qualification, *tags.stage, *tags.area, *tags.topic)
    held = tuple(fact.text for fact in policy.facts)
    lines = (*policy.points, *policy.support, *policy.conditions, *held, policy.audience, policy.decider)
    answers = tuple(line for e in policy.explanations for line in (e.title, e.text))
    body = "\n".join(part for part in (*lines, *answers, policy.body) if part)
    title = policy.title.strip("《》")
    return Page(
        policy.short_name, title, policy.aliases, words, policy.summary, body, policy.asks, worth(policy)
    )


def worth(policy: PolicyDocument) -> float:
    """How much of its score a package keeps when it is ranked: what may be relied on comes first."""
    if policy.superseded_by or policy.status in (Status.EXPIRED, Status.REPEALED):
        return _WORTH_OF_THE_PAST
    return _WORTH_UNVERIFIED if is_unverified(policy) else 1.0
