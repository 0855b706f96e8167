"""When being like the examples decides: alone, or between what the phrases say (domain §7.3 steps 5 and 7)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bot.understanding.nearest import Likeness
from bot.understanding.story import is_mostly_chinese
from bot.understanding.weigh import Weighed

TALK_OF_BUSINESS = 0.97  # the chance from which even a text with a word of business is small talk
OVERRULED = 0.9  # the chance from which the examples overrule faint phrases
_LEAN = 0.7  # of the log of the chance that an example of this intent looks like this
_UNLIKE_AT_MOST, _UNLIKE_A_STORY, _TINY = -12.0, -2.0, 1e-9
_SAYS_ENOUGH = 3  # characters; shorter texts are like too much


@dataclass(frozen=True, slots=True)
class _Needed:
    """What makes an example likely enough: its chance, the share of the text known, and what speaks against talk."""

    chance: float
    known: float
    clue: float
    clues: float


_IN_TALK = (_Needed(0.8, 0.66, 1.4, 0.45), _Needed(0.95, 0.7, 1.4, 0.2))
_IN_BUSINESS = (_Needed(0.5, 0.5, 0.0, 0.0),)


def leaning(scores: dict[str, Weighed], like: Likeness, *, story: bool = False) -> dict[str, Weighed]:
    """Scores by phrases, each a little less the less the whole text is like the examples of its label.

    The words of the topic of a `story` are like the examples of that topic, which says little against an appeal.
    """
    if not like.labels:
        return scores
    unlike = {label: max(_UNLIKE_AT_MOST, math.log(chance + _TINY)) for label, chance in like.labels}
    if story and "appeal" in unlike:
        unlike["appeal"] = max(_UNLIKE_A_STORY, unlike["appeal"])
    leaned = {
        label: Weighed(
            (scores[label].score if label in scores else 0.0) + _LEAN * unlike.get(label, 0.0),
            scores[label].why if label in scores else "example",
        )
        for label in {*scores, *unlike}
    }
    return {label: weighed for label, weighed in leaned.items() if weighed.score > 0}


def is_sure(keyed: str, like: Likeness, at_least: float = 0.0) -> bool:
    """Whether a short Chinese text is so like the examples of one intent that nothing else has to speak for it.

    Less is asked of a text that speaks of business: small talk seldom does.
    """
    if len(keyed) < _SAYS_ENOUGH or not is_mostly_chinese(keyed) or not like.labels:
        return False
    label, chance = like.labels[0]
    if like.in_business and label == "offtopic" and chance < TALK_OF_BUSINESS:
        return False
    return chance >= at_least and any(
        chance >= needed.chance
        and like.known >= needed.known
        and (label == "offtopic" or (like.clue >= needed.clue and like.clues >= needed.clues))
        for needed in (_IN_BUSINESS if like.in_business else _IN_TALK)
    )
