"""Which intent's examples a text is most like: by characters, pairs, word classes and the labels of phrases in it.

Complement naive Bayes over all examples (it holds up when labels have unequal numbers of examples), then three
rounds of an averaged perceptron over those that it gets wrong. Both are deterministic; learning takes some seconds.
"""

from __future__ import annotations

import json
import math
from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.understanding.features import BUSINESS

_SMOOTHING = 0.1
_ROUNDS = 3
_STEP = 0.3  # of a correction by a whole example; lighter examples correct less
_MARGIN = 2.0  # by which the right label has to win while learning
_STRIDE: Final = 7919  # a prime: the examples are visited in a mixed, repeatable order
_BACKGROUND = "offtopic"


Lesson = tuple[frozenset[str], str, float]  # the features of an example, its label, its weight


@dataclass(frozen=True, slots=True)
class Likeness:
    """The most likely labels with their probabilities, best first, and how much that is worth.

    `known` is the share of the text that examples hold. `clue` and `clues` say how much the most telling part of
    the text, and all its parts on average, speak for the first label rather than for small talk.
    """

    labels: tuple[tuple[str, float], ...]
    known: float
    clue: float = 0.0
    clues: float = 0.0
    in_business: bool = False  # the text has a word that small talk hardly uses


class Nearest:
    """Immutable after building; one table look-up a character and pair."""

    def __init__(self, labels: Sequence[str], table: Mapping[str, array[float]]) -> None:
        """`table` holds for each part how much it speaks for each of the labels, in their order."""
        self._labels, self._table = labels, table
        self._background = labels.index(_BACKGROUND) if _BACKGROUND in labels else None

    @classmethod
    def taught(cls, lessons: Sequence[Lesson]) -> Nearest:
        """What the lessons teach; thousands of them take a second."""
        labels = sorted({label for _, label, _ in lessons})
        place = {label: at for at, label in enumerate(labels)}
        table = _complement_bayes(lessons, labels)
        _correct_weights(table, [(found, place[label], weight) for found, label, weight in lessons])
        return cls(labels, {part: array("f", row) for part, row in table.items()})

    def packed(self) -> bytes:
        """All of it, for `unpacked` on the same kind of machine."""
        names = json.dumps([self._labels, list(self._table)], ensure_ascii=False).encode()
        rows = b"".join(row.tobytes() for row in self._table.values())
        return len(names).to_bytes(8, "little") + names + rows

    @classmethod
    def unpacked(cls, packed: bytes) -> Nearest:
        """What `packed` gave. Raises ValueError for anything else."""
        start = 8 + int.from_bytes(packed[:8], "little")
        labels, parts = json.loads(packed[8:start])
        every = array("f", packed[start:])
        width = len(labels)
        if len(every) != width * len(parts):
            raise ValueError("numbers are missing")
        rows = (every[at : at + width] for at in range(0, len(every), width))
        return cls(labels, dict(zip(parts, rows, strict=True)))

    def find(self, wanted: frozenset[str]) -> Likeness:
        """How like the examples of each label a text with these features is; nothing when it has none."""
        rows = [row for part in wanted if (row := self._table.get(part))]
        if not rows:
            return Likeness((), 0.0)
        sums = [sum(column) for column in zip(*rows, strict=True)]
        best = max(sums)
        chances = [math.exp(value - best) for value in sums]
        whole = sum(chances)
        ranked = sorted(zip(self._labels, chances, strict=True), key=lambda pair: -pair[1])
        first = self._labels.index(ranked[0][0])
        odds = [row[first] - row[self._background] for row in rows] if self._background is not None else [0.0]
        return Likeness(
            tuple((label, chance / whole) for label, chance in ranked),
            known=len(rows) / len(wanted),
            clue=max(odds),
            clues=sum(odds) / len(odds),
            in_business=f"<{BUSINESS}>" in wanted,
        )


def _complement_bayes(lessons: Sequence[Lesson], labels: list[str]) -> dict[str, list[float]]:
    """For each part how much it speaks for each label, on average 0: how rare it is in all other labels."""
    counts = {label: defaultdict[str, float](float) for label in labels}
    every = defaultdict[str, float](float)
    for found, label, weight in lessons:
        seen = counts[label]
        for part in found:
            seen[part] += weight
            every[part] += weight
    whole, spread = sum(every.values()), _SMOOTHING * len(every)
    totals = [math.log(whole - sum(counts[label].values()) + spread) for label in labels]
    table: dict[str, list[float]] = {}
    for part, count in every.items():
        row = [
            total - math.log(max(0.0, count - counts[label].get(part, 0.0)) + _SMOOTHING)
            for label, total in zip(labels, totals, strict=True)
        ]
        middle = sum(row) / len(row)
        table[part] = [value - middle for value in row]
    return table


def _correct_weights(table: dict[str, list[float]], lessons: list[tuple[frozenset[str], int, float]]) -> None:
    """Move the weights of the parts of every example whose label does not win clearly; take the average of all moves.

    Each round looks again only at those that were not yet clear in the round before.
    """
    drift = {part: [0.0] * len(row) for part, row in table.items()}
    waiting, turn, turns = lessons, 0, _ROUNDS * len(lessons)
    for _ in range(_ROUNDS):
        unclear = []
        for at in range(len(waiting)):
            turn += 1
            lesson = waiting[at * _STRIDE % len(waiting)]
            found, right, weight = lesson
            sums = [sum(column) for column in zip(*(table[part] for part in found), strict=True)]
            if not sums:
                continue
            rivals = list(sums)
            rivals[right] = -math.inf
            wrong = max(range(len(rivals)), key=rivals.__getitem__)
            lead = sums[right] - rivals[wrong]
            if lead < 2 * _MARGIN:
                unclear.append(lesson)
            if lead < _MARGIN:
                step = _STEP * min(1.0, max(weight, 0.5))
                _move_weights(table, found, right, wrong, step)
                _move_weights(drift, found, right, wrong, step * turn / turns)
        waiting = unclear
    for part, moved in drift.items():
        table[part] = [value - late for value, late in zip(table[part], moved, strict=True)]


def _move_weights(
    table: dict[str, list[float]], found: frozenset[str], right: int, wrong: int, step: float
) -> None:
    for part in found:
        row = table[part]
        row[right] += step
        row[wrong] -= step
