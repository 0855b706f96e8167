"""What the account holds about a question: packages and guides ranked together, and how sure the first one is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.content.library import ELSEWHERE, Library
from bot.content.records import PolicyDocument
from bot.policies import matching
from bot.policies.matching import Company
from bot.understanding import ranking
from bot.understanding.cleaning import clean
from bot.understanding.numerals import in_digits
from bot.understanding.ranking import Lead, grams

_FITS = 0.03  # added to the score of a package that fits the asker's company
_MATTER = (
    2  # characters that say what a question is about, besides the words that every question of a column has
)


@dataclass(frozen=True)
class Answer:
    """The packages that answer a question, best first; `lead` says how many of them to show."""

    lead: Lead
    packages: tuple[PolicyDocument, ...]
    is_likely: bool = False  # even of words that sound like no question for this account
    is_sure: bool = False  # whatever else the words sound like
    is_elsewhere: bool = False  # a public matter of which nothing is held


def answer(
    library: Library,
    question: str,
    asker: Company = matching.NOTHING_KNOWN,
    near: Mapping[str, float] | None = None,
) -> Answer:
    """What is held about this question. Packages that fit the asker's company come a little before their neighbours;
    `near` tells which are near in meaning, where that is known."""
    fitting = {
        policy.short_name: _FITS
        for policy in (library.policies.values() if asker.known else ())
        if matching.fit(policy.tags, asker).good
    }
    found = ranking.rank(library.ranking, question, bonus=fitting, near=near)
    packages = tuple(policy for one in found if (policy := library.named(one.key)))
    is_elsewhere = bool(found) and found[0].key.startswith(ELSEWHERE)
    held = [one for one in found if not one.key.startswith(ELSEWHERE)]
    if is_elsewhere:
        return Answer(Lead.NONE, packages, is_elsewhere=found[0].weight >= ranking.FLOOR)
    return Answer(ranking.lead(held, meant=bool(near)), packages, ranking.is_likely(held, meant=bool(near)))


def is_general(library: Library, question: str) -> bool:
    """Whether a question names a column and no matter: 有哪些惠企政策, 贷款方面有什么支持."""
    words = in_digits(clean(question))
    rest = list(words)
    for hit in library.index.matcher.find(words):
        rest[hit.start : hit.end] = " " * (hit.end - hit.start)
    return len({token for token in grams("".join(rest)) if len(token) == 1}) < _MATTER
