"""What the comparison with examples sees of a text: characters, pairs, classes of words, labels of phrases."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Mapping
from typing import Any

import ahocorasick

from bot.understanding.normalise import strip_openers

BUSINESS = "business"  # the class of words that small talk hardly uses
_STEPS = (6.0, 9.0)  # weights from which a phrase is clear, and as good as a command
LONGEST = 60  # characters; longer texts are never like a short example


class WordClasses:
    """Which classes of content/phrases.toml have a word in a text. Immutable after building."""

    def __init__(self, classes: Mapping[str, Iterable[str]]) -> None:
        words: dict[str, set[str]] = {}
        for name, members in classes.items():
            for word in members:
                if len(word) > 1:  # single characters are in half of all words
                    words.setdefault(word, set()).add(f"<{name}>")
        self._automaton: Any = ahocorasick.Automaton()
        for word, names in words.items():
            self._automaton.add_word(word, frozenset(names))
        self._automaton.make_automaton()
        self._any = bool(words)

    def of(self, text: str) -> frozenset[str]:
        """The classes in a keyed text, as features."""
        return (
            frozenset[str]().union(*(names for _, names in self._automaton.iter(text)))
            if self._any
            else frozenset()
        )

    def in_business(self, text: str) -> bool:
        """Whether a keyed text has a word that small talk hardly uses."""
        return f"<{BUSINESS}>" in self.of(text)


def features(text: str, classes: WordClasses, said: Iterable[tuple[str, float]]) -> frozenset[str]:
    """The features of a keyed text in which phrases of these labels and weights stand; none over 60 characters."""
    if len(text) > LONGEST:
        return frozenset()
    return parts(text) | classes.of(text) | _labels(said)


def _labels(said: Iterable[tuple[str, float]]) -> frozenset[str]:
    """Each label, how clear its clearest phrase is, and which labels meet: 税 with 奖励, trouble with a question."""
    clearest: dict[str, float] = {}
    for label, weight in said:
        clearest[label] = max(weight, clearest.get(label, 0.0))
    found = sorted(clearest)
    single = {f"#{label}" for label in found}
    clear = {f"#{label}>{bisect(_STEPS, weight)}" for label, weight in clearest.items()}
    pairs = {f"#{one}&{other}" for at, one in enumerate(found) for other in found[at + 1 :]}
    return frozenset(single | clear | pairs)


def parts(text: str) -> frozenset[str]:
    """The characters and pairs of a keyed text without its openers, its ends marked."""
    letters = "".join(c for c in strip_openers(text) if c.isalnum())
    marked = f"^{letters}$"
    return frozenset(letters) | frozenset(marked[i : i + 2] for i in range(len(marked) - 1) if letters)
