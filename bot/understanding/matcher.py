"""Find all phrases of content/phrases.toml in a text in one pass: words, joined parts, homophones, typed pinyin."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import ahocorasick

from bot.understanding.cleaning import clean
from bot.understanding.numerals import in_digits
from bot.understanding.phrases import CUES, INTENTS, Group, Phrases
from bot.understanding.sounds import Spelled, encode, encode_name, spellings
from bot.understanding.spans import (
    FOLDED_FROM,
    Hit,
    crosses,
    outermost,
    sounds_alike,
    span_in_order,
    splits_a_run,
)
from bot.understanding.told import is_addressed, shapes

_FRAME = re.compile(r"有|什么|怎么|如何|哪|几|多少|能|可以|啥|咋|你|我|不|没|…")
_SOUND_DISCOUNT = 0.9
_SLIP_SIZES = (4, 5, 6)
_SLIP_WEIGHT = 6.0
_SLIP_DISCOUNT = 0.7
_SLIPS_IN = 40  # characters
_TYPED_WEIGHT = 4.0  # of a phrase that may be typed in letters
_HEARD_FROM = 3  # characters of a phrase, not marked as `sound`, from which homophones count
_ALL_CHINESE = re.compile(r"[\u3400-\u9fff]+")


@dataclass(slots=True)
class _Word:
    """What one string of the automaton stands for."""

    text: str
    labels: list[tuple[str, float]]
    pieces: list[int]


@dataclass(frozen=True, slots=True)
class _Joined:
    phrase: str
    label: str
    weight: float
    rest: tuple[int, ...]  # piece numbers after the first


def keyed(phrase: str) -> str:
    """A phrase in the form in which texts are matched."""
    return in_digits(clean(phrase))


class Matcher:
    """Immutable after building; safe to share between threads."""

    def __init__(self, phrases: Phrases) -> None:
        self._words: dict[str, _Word] = {}
        self._pieces: dict[str, int] = {}
        self._joined: dict[int, list[_Joined]] = {}
        self._sounds: tuple[dict[str, list[Hit]], dict[str, list[Hit]]] = ({}, {})
        self._spellings: dict[str, list[Hit]] = {}
        self._classes = dict(phrases.classes)
        self._slips: dict[str, list[Hit]] = {}
        self._real = frozenset(map(keyed, phrases.real_words))
        for group in phrases.groups:
            self._add_group(group)
        self._automaton = automaton(self._words)
        self._exact_sounds, self._folded_sounds = map(automaton, self._sounds)
        self._typed = automaton(self._spellings)

    def is_topic(self, word: str) -> bool:
        """Whether this whole word is a phrase of an intent that is not a single document."""
        known = self._words.get(word)
        return known is not None and any(label in INTENTS for label, _ in known.labels)

    def find(self, text: str) -> list[Hit]:
        """All hits in a keyed text, with the shapes of its sentences; a phrase inside a longer one does not count."""
        words, pieces = self._find_as_written(text)
        words += self._by_sound(text, words)
        found = outermost(words) + self._join_pieces(text, pieces) + self._by_typed_pinyin(text)
        return [hit for hit in found if is_addressed(text, hit)] + list(shapes(text))

    def find_slips(self, text: str) -> list[Hit]:
        """Words of 4 to 6 characters of which one is wrong: 劳动仲栽. Only for texts of 40 characters at most."""
        found: list[Hit] = []
        for start in range(len(text) if len(text) <= _SLIPS_IN else 0):
            for size in _SLIP_SIZES:
                part = text[start : start + size]
                for hit in (
                    (h for mask in masks(part) for h in self._slips.get(mask, ()))
                    if len(part) == size
                    else ()
                ):
                    found.append(Hit(hit.label, hit.weight, f"{part}→{hit.phrase}", start, start + size))
        return found

    def _add_group(self, group: Group) -> None:
        for phrase in group.words:
            if "…" in phrase:
                first, *rest = [self._piece(part) for part in phrase.split("…")]
                self._joined.setdefault(first, []).append(
                    _Joined(phrase, group.label, group.weight, tuple(rest))
                )
                continue
            for word in self._words_of_class(phrase):
                self._word(word).labels.append((group.label, group.weight))
                if group.sound:
                    self._add_sound(group, word)
                elif group.weight >= _TYPED_WEIGHT and group.label not in CUES:
                    self._add_spelling(group, word if _ALL_CHINESE.fullmatch(word) else clean(phrase))
                if group.label in INTENTS and group.weight >= _SLIP_WEIGHT and _may_slip(word):
                    for mask in masks(word):
                        hit = Hit(group.label, group.weight * _SLIP_DISCOUNT, word, 0, len(word))
                        self._slips.setdefault(mask, []).append(hit)

    def _words_of_class(self, part: str) -> Iterable[str]:
        named = self._classes[part.strip("<>")] if part.startswith("<") else (part,)
        return (keyed(word) for word in named)

    def _word(self, word: str) -> _Word:
        return self._words.setdefault(word, _Word(word, [], []))

    def _piece(self, part: str) -> int:
        number = self._pieces.setdefault(part, len(self._pieces))
        for word in self._words_of_class(part):
            known = self._word(word).pieces
            if number not in known:
                known.append(number)
        return number

    def _add_sound(self, group: Group, word: str) -> None:
        folded = len(word) >= FOLDED_FROM
        for code in encode_name(word, folded=folded):
            hit = Hit(group.label, group.weight * _SOUND_DISCOUNT, word, 0, len(word))
            self._sounds[folded].setdefault(code, []).append(hit)

    def _add_spelling(self, group: Group, word: str) -> None:
        if len(word) >= 2 and _ALL_CHINESE.fullmatch(word):
            hit = Hit(group.label, group.weight * _SOUND_DISCOUNT, word, 0, len(word))
            for code in encode_name(word, folded=False):
                self._spellings.setdefault(code, []).append(hit)

    def _find_as_written(self, text: str) -> tuple[list[Hit], dict[int, list[tuple[int, int]]]]:
        hits: list[Hit] = []
        pieces: dict[int, list[tuple[int, int]]] = {}
        for last, word in self._automaton.iter(text) if self._words else ():
            start, end = last + 1 - len(word.text), last + 1
            if splits_a_run(text, start, end):
                continue
            hits += [Hit(label, weight, word.text, start, end) for label, weight in word.labels]
            for number in word.pieces:
                pieces.setdefault(number, []).append((start, end))
        for places in pieces.values():
            places.sort()  # found in order of their ends
        return hits, pieces

    def _join_pieces(self, text: str, pieces: dict[int, list[tuple[int, int]]]) -> list[Hit]:
        return [
            Hit(joined.label, joined.weight, joined.phrase, *span, joined=True)
            for first in pieces
            for joined in self._joined.get(first, ())
            if (span := span_in_order(text, pieces, first, joined.rest))
        ]

    def _by_sound(self, text: str, surface: list[Hit]) -> list[Hit]:
        taken = sorted((h.start, h.end) for h in surface)
        found: list[Hit] = []
        # Beside a clear phrase a likeness of sound is more likely chance.
        clear = any(hit.weight >= _TYPED_WEIGHT for hit in surface)
        sources = (
            (self._exact_sounds, bool(self._sounds[0]), False),
            (self._folded_sounds, bool(self._sounds[1]), True),
            (self._typed, bool(self._spellings) and not clear, False),
        )
        for sounds, any_of_it, folded in sources:
            for last, (code, hits) in sounds.iter(encode(text, folded=folded)) if any_of_it else ():
                start, end = last + 1 - len(code), last + 1
                if sounds is self._typed and len(code) < _HEARD_FROM:
                    continue
                typed_as = text[start:end]
                if typed_as in self._real or crosses(taken, start, end):
                    continue
                found += [
                    Hit(h.label, h.weight, f"{typed_as}→{h.phrase}", start, end)
                    for h in hits
                    if typed_as != h.phrase
                    and sounds_alike(typed_as, h.phrase, whole=len(text) == end - start)
                ]
        return found

    def _by_typed_pinyin(self, text: str) -> list[Hit]:
        found: list[Hit] = []
        sources = (
            (self._exact_sounds, self._sounds[0], False),
            (self._folded_sounds, self._sounds[1], True),
            (self._typed, self._spellings, False),
        )
        for sounds, any_of_it, folded in sources:
            for said in spellings(text, folded=folded) if any_of_it else ():
                for last, (code, hits) in sounds.iter(said.codes):
                    start, end = last + 1 - len(code), last + 1
                    found += [
                        Hit(h.label, h.weight, h.phrase, start, end)
                        for h in hits
                        if was_typed(said, h.phrase, start)
                    ]
        return outermost(found)


def was_typed(said: Spelled, word: str, start: int) -> bool:
    """Whether a match rests on typed letters and otherwise on the very characters of the word."""
    letters = said.letters[start : start + len(word)]
    return "" in letters and all(typed in ("", char) for typed, char in zip(letters, word, strict=True))


def _may_slip(word: str) -> bool:
    """Whether a slip in this word counts. Everyday frames of questions are too near to anything: 有没有人, 怎么办理."""
    return len(word) in _SLIP_SIZES and not _FRAME.search(word)


def masks(word: str) -> list[str]:
    """The word with each of its characters left open in turn."""
    return [f"{word[:i]}?{word[i + 1 :]}" for i in range(len(word))] if not word.isascii() else []


def automaton(words: dict[str, Any]) -> Any:
    """An Aho-Corasick automaton; `iter` gives the word's value, or (word, values) for plain lists."""
    built = ahocorasick.Automaton()
    for word, value in words.items():
        if word:
            built.add_word(word, (word, value) if isinstance(value, list) else value)
    built.make_automaton()
    return built
