"""Which side of a thing a question asks about: 要带什么 is 材料, 多久能下来 is 时限. Pure.

`asked` says the side and what other words stand in the question: a follow-up has none, or words of the thing shown.
What the sides are called is the same as in a content record's facts, so that a question finds its facts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.understanding import facet_words
from bot.understanding.cleaning import clean
from bot.understanding.names import tight
from bot.understanding.normalise import strip_openers

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
_SIDES = tuple((Side(name), facet_words.pattern(words)) for name, words in facet_words.SIDES)
_DROP = facet_words.any_of(facet_words.EMPTY)
_DROP_WHO = facet_words.any_of(facet_words.EMPTY, facet_words.WHO)
_DROP_TRADES = facet_words.any_of(facet_words.EMPTY, facet_words.WHO, facet_words.TRADES)
_DROPPED = {
    Side.FIT: _DROP_TRADES,
    Side.CONDITIONS: _DROP_TRADES,
    Side.AMOUNT: _DROP_WHO,
    Side.REMEDY: _DROP_WHO,
}


def asked(text: str) -> Asked | None:
    """The side that the words ask about, or None when they ask about none."""
    words = tight(strip_openers(clean(text)))
    found = _first(words) if 0 < len(words) <= LONGEST else None
    if found is None:
        return None
    side, start, end = found
    parts = [one for part in _PARTED.split(clean(text)) if part and (one := _first(tight(part)))]
    also = dict.fromkeys(one[0] for one in parts if one[0] is not side)
    return Asked(side, matter_of(f"{words[:start]}{_GAP}{words[end:]}", side), tuple(also))


def _first(words: str) -> tuple[Side, int, int] | None:
    """The side that comes first in the order of sides, and where it stands."""
    for side, pattern in _SIDES:
        if match := pattern.search(words):
            return side, match.start(), match.end()
    return None


def matter_of(text: str, side: Side) -> tuple[str, ...]:
    """The words that name something: without the empty ones, without all words of sides, and in a question about who may
    also without kinds of people and companies."""
    for _, pattern in _SIDES:
        text = pattern.sub(_GAP, text)
    text = _DROPPED.get(side, _DROP).sub(_GAP, text)
    return tuple(run for run in re.split(r"[\W_\0]+", text) if len(run) > 1 or run in facet_words.SHORT)
