"""Which side of a thing a question asks about: 要带什么 is 材料, 多久能下来 is 时限. Pure.

`asked` says the side and what other words stand in the question: a follow-up has none, or words of the thing shown.
What the sides are called is the same as in a content record's facts, so that a question finds its facts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from bot.understanding import facet_examples, facet_words
from bot.understanding.cleaning import clean
from bot.understanding.features import parts
from bot.understanding.names import tight
from bot.understanding.nearest import Nearest
from bot.understanding.normalise import strip_openers

OVERRULED = 0.9  # chance from which the examples count more than a word
ALONE = 0.6  # and from which they count without one
KNOWN = 0.7  # share of the message that the examples have to know
LONGEST = 40  # characters; who writes more tells something new


class Side(StrEnum):
    """What can be asked of a package or a guide."""

    DECIDER = "由谁办"
    CONDITIONS = "条件"
    MATERIALS = "材料"
    STEPS = "流程"
    TIME = "时限"
    DEADLINE = "截止"
    WHERE = "地点"
    CONTACT = "电话"
    AMOUNT = "金额"
    FEE = "费用"
    REMEDY = "救济"
    CONSEQUENCE = "后果"
    VALIDITY = "效力"
    CLAUSE = "要点"
    ORIGINAL = "原文"
    EXPLANATION = "解读"
    SIMILAR = "类似的"
    FIT = "我符合吗"


@dataclass(frozen=True)
class Asked:
    """The side that is asked about, the other words of the question, without those that carry nothing, and the sides that
    the same message asks about too."""

    side: Side
    words: tuple[str, ...] = ()
    also: tuple[Side, ...] = ()


_GAP = "\0"
_PARTED = re.compile(r"[,，、。;；?？!！]|还有|以及|另外|和|跟|及")
_LISTING = facet_words.listing()
_SIDES = tuple((Side(name), facet_words.pattern(words)) for name, words in facet_words.SIDES)
# What is measured, papers and offices carry nothing where they are what is asked about, and name a matter elsewhere.
_NOUNS: Mapping[Side, tuple[str, ...]] = {
    Side.MATERIALS: ("paper",),
    Side.CONDITIONS: ("measure", "paper"),
    Side.FIT: ("measure", "paper"),
    Side.DECIDER: ("bureau",),
    Side.WHERE: ("bureau", "paper"),
    Side.CONTACT: ("bureau",),
    Side.REMEDY: ("bureau",),
}
_ANYWHERE = ("what", "when", "where", "do", "us", "office")
_WHOSE: Mapping[Side, str] = {
    Side.FIT: facet_words.WHO + facet_words.TRADES,
    Side.CONDITIONS: facet_words.WHO + facet_words.TRADES,
    Side.AMOUNT: facet_words.WHO,
    Side.REMEDY: facet_words.WHO,
}


def asked(text: str) -> Asked | None:
    """The side that the words ask about, or None when they ask about none."""
    words = tight(strip_openers(clean(text)))
    if not 0 < len(words) <= LONGEST:
        return None
    by_word = _first(words)
    if _LISTING.search(words) and (by_word is None or by_word[0] is not Side.SIMILAR):
        return None
    side = _likest(words, by_word[0] if by_word else None)
    if side is None:
        return None
    parted = [one for part in _PARTED.split(clean(text)) if part and (one := _first(tight(part)))]
    also = dict.fromkeys(one[0] for one in parted if one[0] is not side) if len(parted) > 1 else {}
    return Asked(side, matter_of(words, side), tuple(also))


def _likest(words: str, by_word: Side | None) -> Side | None:
    """The side by its word, unless the examples are sure of another; without such a word what the examples say."""
    like = _learnt().find(parts(words))
    name, chance = like.labels[0] if like.labels else (facet_examples.NONE, 0.0)
    enough = OVERRULED if by_word else ALONE
    is_sure = name != facet_examples.NONE and chance >= enough and like.known >= KNOWN
    return Side(name) if is_sure else by_word


@lru_cache(maxsize=1)
def _learnt() -> Nearest:
    """What the examples teach, in a twentieth of a second."""
    lines = (
        (name, tight(clean(line)))
        for name, block in facet_examples.EXAMPLES.items()
        for line in block.split()
    )
    return Nearest.taught([(parts(line), name, 1.0) for name, line in lines])


@lru_cache(maxsize=1)
def _spoken() -> frozenset[str]:
    """The pairs of characters of all examples: words made of them are said of anything."""
    lines = "\n".join(block for name, block in facet_examples.EXAMPLES.items() if name != facet_examples.NONE)
    lines = re.sub(
        facet_words.PARTS["measure"], _GAP, lines
    )  # 专利 is a matter unless conditions are asked for
    return frozenset(lines[i : i + 2] for i in range(len(lines) - 1))


def _first(words: str) -> tuple[Side, int, int] | None:
    """The side that comes first in the order of sides, and where it stands."""
    for side, pattern in _SIDES:
        if match := pattern.search(words):
            return side, match.start(), match.end()
    return None


def matter_of(text: str, side: Side) -> tuple[str, ...]:
    """The words that name something: without the empty ones, the words of sides, and in a question about who may without
    kinds of people and companies."""
    return tuple(run for run in left_of(text, side) if not _is_everyday(run, _carrying(side)[1]))


def left_of(text: str, side: Side) -> tuple[str, ...]:
    """What is left of a message when the words that carry nothing are taken out; single small words still stand in it."""
    return tuple(run for run in _carrying(side)[0].split(tight(clean(text))) if run)


@lru_cache(maxsize=len(Side))
def _carrying(side: Side) -> tuple[re.Pattern[str], frozenset[str]]:
    """Finds the words that carry nothing in a question about this side, and the single characters that carry nothing."""
    literal = {Side(name): set(facet_words.literals(words).split()) for name, words in facet_words.SIDES}
    others = set().union(*literal.values()) - set(facet_words.MATTERS.split())
    known = {*literal[side], *others, *facet_words.EMPTY.split(), *_WHOSE.get(side, "").split()}
    parts = "|".join(facet_words.PARTS[name] for name in (*_ANYWHERE, *_NOUNS.get(side, ())))
    long = facet_words.any_of(" ".join(word for word in known if len(word) > 1))
    return re.compile(rf"{parts}|{long.pattern}|[\W_]+"), frozenset(word for word in known if len(word) == 1)


def _is_everyday(run: str, single: frozenset[str]) -> bool:
    """Whether a run is made of small words and left-overs, or of pairs that are said of anything."""
    left = [char for char in run if char not in single]
    if len(left) <= 1:
        return not facet_words.SHORT.intersection(left)
    return all(run[i : i + 2] in _spoken() for i in range(len(run) - 1))


def is_matter(word: str, side: Side) -> bool:
    """Whether a topic's phrase names a matter in a question about this side: 展会 does, 补贴 and 章程 do not."""
    words, single = _carrying(side)
    return any(len(run) > 1 or run not in single for run in words.split(word) if run)
