"""Full-text search over the policy packages: BM25 over words and pairs of characters, in memory.

The step before giving up, and what «搜 关键词» asks for. `search(index, query)` is pure; an index is built once for
each version of the content.
"""

from __future__ import annotations

import math
import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bot.understanding.cleaning import clean
from bot.understanding.normalise import strip_openers
from bot.understanding.numerals import in_digits

_FIELDS: Mapping[str, tuple[str, float]] = {
    "title": ("标题", 4.0),
    "aliases": ("别名", 4.0),
    "asks": ("常见问法", 3.0),
    "tags": ("标签", 2.5),
    "summary": ("要点", 2.0),
    "body": ("正文", 1.0),
}
_K1, _B = 1.2, 0.75  # the usual BM25 constants
_MOST = 10  # results
_RUNS = re.compile(r"[\u3400-\u9fff]+|[a-z0-9.%+]+")
_CLAUSE = re.compile(r"[^。!?;\n]+")
_EMPTY = re.compile(
    r"有没有|能不能|可不可以|是不是|怎么样|怎么|如何|什么|哪些|哪里|哪个|多少|请问|想要|想找|帮我|告诉|关于|一下|我们|你们|咱们|可以|能够|的|了|吗|呢|吧|啊|呀|么|我|你|您|是|有|在|和|与|及|就|都|也"
)
_ENOUGH = 0.5  # share of the query's weight that a package has to hold
_SNIPPET = 40  # characters
_LONGEST = 100  # characters of a query
_TRIED = 400  # packages that are weighed; a query of everyday words alone is too vague for more


@dataclass(frozen=True)
class Page:
    """What is searched of one package. `key` is its short name."""

    key: str
    title: str
    aliases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    summary: str = ""
    body: str = ""
    asks: tuple[str, ...] = ()  # everyday questions that mean it
    worth: float = 1.0  # of its score when ranked: less for what is unchecked or no longer in force


@dataclass(frozen=True, slots=True)
class Result:
    """A package that answers a query: its score (higher is better), the words found, where, and the clause."""

    key: str
    score: float
    words: tuple[str, ...]
    field: str
    clause: str


@dataclass(frozen=True, slots=True)
class Posting:
    """Where a token stands: the places of its packages in order, what it is worth in each, and how rare it is."""

    places: array[int]
    worths: array[float]
    rarity: float

    def worth(self, place: int) -> float:
        """What the token is worth in this package; 0 when it is not there."""
        at = bisect_left(self.places, place)
        return self.worths[at] if at < len(self.places) and self.places[at] == place else 0.0


@dataclass(frozen=True, eq=False)
class SearchIndex:
    """The packages by their words; only read after building."""

    pages: tuple[Page, ...]
    postings: Mapping[str, Posting]


def build_search(pages: Iterable[Page]) -> SearchIndex:
    """The index of these packages; a later package with the same key replaces the earlier."""
    unique = tuple({page.key: page for page in pages}.values())
    return SearchIndex(unique, postings(map(_texts, unique), tokens, {n: w for n, (_, w) in _FIELDS.items()}))


def postings(
    texts: Iterable[Mapping[str, str]], split: Callable[[str], list[str]], weights: Mapping[str, float]
) -> dict[str, Posting]:
    """Where each token stands: `texts` are the fields of each page in turn, `weights` what a token counts in a field."""
    places: dict[str, tuple[array[int], array[float]]] = {}
    lengths = list[int]()
    for place, fields in enumerate(texts):
        held: dict[str, float] = {}
        lengths.append(0)
        for name, text in fields.items():
            found = split(text)
            lengths[place] += len(found)
            for token in found:
                held[token] = held.get(token, 0.0) + weights[name]
        for token, weight in held.items():
            where, worths = places.setdefault(token, (array("I"), array("f")))
            where.append(place)
            worths.append(weight)
    total = len(lengths)
    mean = max(1.0, sum(lengths) / max(1, total))
    norms = [_K1 * (1 - _B + _B * length / mean) for length in lengths]
    return {
        token: Posting(
            where,
            _saturated(where, worths, norms),
            math.log(1 + (total - len(where) + 0.5) / (len(where) + 0.5)),
        )
        for token, (where, worths) in places.items()
    }


def _saturated(where: array[int], weights: array[float], norms: list[float]) -> array[float]:
    """What each place is worth: the tenth time that a word stands there says little more than the second."""
    return array("f", (w * (_K1 + 1) / (w + norms[place]) for place, w in zip(where, weights, strict=True)))


def search(index: SearchIndex, query: str, limit: int = _MOST, enough: float = _ENOUGH) -> list[Result]:
    """The packages that hold this share of the query's weight, best first, at most `limit`; none for a query without
    words."""
    wanted = list(dict.fromkeys(tokens(_EMPTY.sub(" ", strip_openers(clean(query[:_LONGEST]))))))
    known = sorted(
        (posting for token in wanted if (posting := index.postings.get(token))), key=lambda p: -p.rarity
    )
    unknown = sum(token not in index.postings for token in wanted if len(token) <= 2 or token.isascii())
    needed = enough * (sum(p.rarity for p in known) + unknown * math.log(1 + len(index.pages)))
    scored = []
    for place in _candidates(known, needed):
        worths = [posting.worth(place) for posting in known]
        share = sum(posting.rarity for posting, worth in zip(known, worths, strict=True) if worth)
        if share >= needed:
            scored.append((sum(p.rarity * worth for p, worth in zip(known, worths, strict=True)), place))
    scored.sort(key=lambda pair: (-pair[0], pair[1]))
    return [_result(index.pages[place], score, wanted) for score, place in scored[:limit]]


def _candidates(known: list[Posting], needed: float) -> set[int]:
    """Packages that can hold enough: without any of the rarest tokens, the others together would not reach it."""
    rest = sum(posting.rarity for posting in known)
    found: set[int] = set()
    for posting in known:
        if rest < needed or len(found) >= _TRIED:
            break
        found.update(posting.places)
        rest -= posting.rarity
    return found


def tokens(text: str) -> list[str]:
    """The words of a text: every pair of Chinese characters, whole runs of up to four, Latin words and numbers."""
    found: list[str] = []
    for run in _RUNS.findall(in_digits(clean(text))):
        if run[0].isascii():
            found.append(run)
            continue
        found += [run[i : i + 2] for i in range(len(run) - 1)] or [run]
        if 2 < len(run) <= 4:
            found.append(run)
    return found


def _texts(page: Page) -> dict[str, str]:
    return {
        "title": page.title,
        "aliases": "。".join((page.key, *page.aliases)),
        "asks": "。".join(page.asks),
        "tags": "。".join(page.tags),
        "summary": page.summary,
        "body": page.body,
    }


def _result(page: Page, score: float, wanted: list[str]) -> Result:
    texts = _texts(page)
    tokens_of = {name: set(tokens(text)) for name, text in texts.items()}
    field = max(_FIELDS, key=lambda name: (sum(t in tokens_of[name] for t in wanted), _FIELDS[name][1]))
    found = tuple(token for token in wanted if any(token in known for known in tokens_of.values()))
    return Result(page.key, round(score, 3), _merged(found), _FIELDS[field][0], _clause(texts[field], found))


def _merged(found: tuple[str, ...]) -> tuple[str, ...]:
    """Overlapping pairs as the word they came from: 创业 + 业担 + 担保 as 创业担保."""
    words: list[str] = []
    for token in found:
        if words and not token.isascii() and words[-1][-1] == token[0] and len(token) == 2:
            words[-1] += token[1:]
        elif not any(token in word for word in words):
            words.append(token)
    return tuple(words)


def _clause(text: str, found: tuple[str, ...]) -> str:
    """The clause that holds most of the words, cut to some 40 characters round the first of them."""
    clauses = [c.strip() for c in _CLAUSE.findall(text) if c.strip()]
    if not clauses:
        return ""
    best = max(clauses, key=lambda clause: sum(token in in_digits(clean(clause)) for token in found))
    at = min((place for token in found if (place := best.find(token)) >= 0), default=0)
    start = max(0, min(at - _SNIPPET // 4, len(best) - _SNIPPET))
    return (
        f"{'…' if start else ''}{best[start : start + _SNIPPET]}{'…' if start + _SNIPPET < len(best) else ''}"
    )
