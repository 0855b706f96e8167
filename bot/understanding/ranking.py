"""Which packages answer a question, best first, and how clearly the first one does.

BM25 over everyday questions (`asks`), names, tags and texts, without a threshold, on pairs and single characters; where
vectors of meaning are at hand they are added. Pure; an index is built once for each version of the content and only read.
How the numbers were found: docs/understanding.md.
"""

from __future__ import annotations

import heapq
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from operator import itemgetter

from bot.understanding.cleaning import clean
from bot.understanding.normalise import strip_openers
from bot.understanding.numerals import in_digits
from bot.understanding.search import Page, Posting, postings, tokens

_FIELDS: Mapping[str, float] = {"name": 4.0, "asks": 0.5, "tags": 2.5, "summary": 2.0, "body": 1.0}
_TOP = 2.2  # what a token is worth at most (k1 + 1)
_SINGLE = 0.5  # of the weight of a pair: a single character
_MEANING = 0.06  # of the nearness in meaning, which is 0–3.5
_MOST = 30  # packages
_HEAD, _TAIL = 90, 60  # characters of a long text: what is asked stands at its head or its tail
_VISITED = 2500  # places of postings that are looked at, the rarest tokens first
_HAN = re.compile(r"[\u3400-\u9fff]")
_TALK = re.compile(
    r"有没有|能不能|可不可以|是不是|要不要|怎么样|怎么办|怎么弄|怎么|咋办|咋整|咋|如何|什么|哪些|哪里|哪个|多少|请问|想问|想要|想找"
    r"|帮我|告诉|关于|一下|我们|你们|咱们|可以|能够|公司|企业|政策|老师|领导|[的了吗呢吧啊呀么我你您是有在和与及就都也]"
)
# Weights of evidence: the least that is anything, the least that is clear; more of each where meaning adds to the words.
FLOOR, LIKELY, CLEAR, SURE, MEANT = 11.0, 14.0, 16.0, 20.0, 8.0
AHEAD = 0.3  # the share by which the first has to lead


class Lead(Enum):
    """How clearly the first package leads."""

    CLEAR = auto()  # show it
    NARROW = auto()  # show three
    NONE = auto()  # nothing that is held is about this


@dataclass(frozen=True, slots=True)
class Candidate:
    """A package for a question. `score` is about the share of the question's weight that it holds (0–1), `weight` how
    much evidence that is: a long question of everyday words has much of it with a small share."""

    key: str
    score: float
    weight: float


@dataclass(frozen=True, eq=False)
class RankingIndex:
    """The packages by their tokens."""

    keys: tuple[str, ...]
    places: Mapping[str, int]  # of the keys
    worths: tuple[float, ...]
    postings: Mapping[str, Posting]


def build_ranking(pages: Iterable[Page]) -> RankingIndex:
    """The index of these packages; keys are unique."""
    listed = tuple(pages)
    found = postings(map(_texts, listed), grams, _FIELDS)
    keys = tuple(page.key for page in listed)
    places = {key: place for place, key in enumerate(keys)}
    return RankingIndex(keys, places, tuple(page.worth for page in listed), found)


def _texts(page: Page) -> dict[str, str]:
    return {
        "name": "。".join((page.key, page.title, *page.aliases)),
        "asks": "。".join(page.asks),
        "tags": "。".join(page.tags),
        "summary": page.summary,
        "body": page.body,
    }


def grams(text: str) -> list[str]:
    """What is compared of a text: its pairs and single characters, without the words of asking."""
    words = _TALK.sub(" ", in_digits(strip_openers(clean(text))))
    return [*tokens(words), *_HAN.findall(words)]


def rank(
    index: RankingIndex,
    question: str,
    *,
    bonus: Mapping[str, float] | None = None,
    near: Mapping[str, float] | None = None,
    limit: int = _MOST,
) -> list[Candidate]:
    """The packages that hold anything of the question, best first, at most `limit`. `bonus` is added to a package's
    score (a fitting company), `near` is its nearness in meaning (see nearness.py)."""
    wanted = dict.fromkeys(grams(_head_and_tail(question)))
    weights = {token: _weight(index, token) for token in wanted}
    scores = _by_words(index, weights)
    whole = _TOP * sum(weights.values()) or 1.0
    for name, more in (near or {}).items():
        if (place := index.places.get(name)) is not None:
            scores[place] = scores.get(place, 0.0) + whole * _MEANING * more
    for place in scores:
        scores[place] *= index.worths[place] / whole
    for name, more in (bonus or {}).items():
        if (place := index.places.get(name)) in scores:
            scores[place] += more
    best = heapq.nlargest(limit, scores.items(), key=itemgetter(1))
    return [Candidate(index.keys[place], round(score, 4), round(score * whole, 2)) for place, score in best]


def lead(candidates: list[Candidate], *, meant: bool = False) -> Lead:
    """Whether to show the first, to offer three, or to say that nothing is held; `meant`: their meaning counted too."""
    more = MEANT if meant else 0.0
    if not candidates or candidates[0].weight < FLOOR + more:
        return Lead.NONE
    second = candidates[1].score if len(candidates) > 1 else 0.0
    ahead = 1.0 - second / candidates[0].score
    return Lead.CLEAR if candidates[0].weight >= CLEAR + more and ahead >= AHEAD else Lead.NARROW


def is_likely(candidates: list[Candidate], *, meant: bool = False) -> bool:
    """Whether the first is about the question although it sounds like small talk."""
    return bool(candidates) and candidates[0].weight >= LIKELY + (MEANT if meant else 0.0)


def is_sure(candidates: list[Candidate], *, meant: bool = False) -> bool:
    """Whether there is so much evidence for the first that other readings of the words give way."""
    return bool(candidates) and candidates[0].weight >= SURE + (MEANT if meant else 0.0)


def _weight(index: RankingIndex, token: str) -> float:
    held = index.postings.get(token)
    rarity = held.rarity if held else math.log(1 + len(index.keys))
    return rarity * (_SINGLE if len(token) == 1 and not token.isascii() else 1.0)


def _by_words(index: RankingIndex, weights: Mapping[str, float]) -> dict[int, float]:
    """What each package holds of these tokens, the rarest first: the common ones tell little and stand everywhere."""
    scores: dict[int, float] = {}
    visited = 0
    known = [(index.postings[token], weight) for token, weight in weights.items() if token in index.postings]
    for posting, weight in sorted(known, key=lambda pair: len(pair[0].places)):
        visited += len(posting.places)
        if visited > _VISITED:
            break
        for place, worth in zip(posting.places, posting.worths, strict=True):
            scores[place] = scores.get(place, 0.0) + weight * worth
    return scores


def _head_and_tail(text: str) -> str:
    return text if len(text) <= _HEAD + _TAIL else f"{text[:_HEAD]}。{text[-_TAIL:]}"
