"""Which intent's examples a text is most like, by its characters and pairs: for texts that no phrase decided.

Naive Bayes over the examples and, with less weight, the phrases of content/phrases.toml.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from bot.understanding.normalise import strip_openers

_LONGEST = 60  # characters; longer texts are never like a short example
_SMOOTHING = 0.3


@dataclass(frozen=True, slots=True)
class Likeness:
    """The most likely labels with their probabilities, best first, and the share of the text that examples hold."""

    labels: tuple[tuple[str, float], ...]
    known: float


class Nearest:
    """Immutable after building; one table look-up a character and pair."""

    def __init__(self, examples: Iterable[tuple[str, str, float]]) -> None:
        counts: dict[str, defaultdict[str, float]] = {}
        for text, label, weight in examples:
            seen = counts.setdefault(label, defaultdict(float))
            for part in parts(text):
                seen[part] += weight
        self._labels = sorted(counts)
        every = {part for seen in counts.values() for part in seen}
        totals = [math.log(sum(counts[label].values()) + _SMOOTHING * len(every)) for label in self._labels]
        self._table = {
            part: tuple(
                math.log(counts[label].get(part, 0.0) + _SMOOTHING) - total
                for label, total in zip(self._labels, totals, strict=True)
            )
            for part in every
        }

    def find(self, text: str) -> Likeness:
        """How like the examples of each label the text is; nothing for texts over 60 characters."""
        wanted = parts(text) if len(text) <= _LONGEST else frozenset()
        rows = [row for part in wanted if (row := self._table.get(part))]
        if not rows:
            return Likeness((), 0.0)
        sums = [sum(column) for column in zip(*rows, strict=True)]
        best = max(sums)
        chances = [math.exp(value - best) for value in sums]
        whole = sum(chances)
        ranked = sorted(zip(self._labels, chances, strict=True), key=lambda pair: -pair[1])
        return Likeness(tuple((label, chance / whole) for label, chance in ranked), len(rows) / len(wanted))


def parts(text: str) -> frozenset[str]:
    """The characters and pairs of a keyed text without its openers, its ends marked."""
    letters = "".join(c for c in strip_openers(text) if c.isalnum())
    marked = f"^{letters}$"
    return frozenset(letters) | frozenset(marked[i : i + 2] for i in range(len(marked) - 1) if letters)
