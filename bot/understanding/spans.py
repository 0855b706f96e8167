"""Places of phrases in a text: what encloses, cuts or follows what."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

GAP = 8  # characters between the parts of a joined phrase
_PLACES = 20  # of a first part that are tried
_SENTENCE_ENDS = frozenset("。!?;\n")
_LONGEST_PHRASE = 24
FOLDED_FROM = 3  # syllables from which blurred sounds (zh=z, ing=in) count as the same


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found in a text, [start, end) in characters."""

    label: str
    weight: float
    phrase: str
    start: int
    end: int
    joined: bool = False


def splits_a_run(text: str, start: int, end: int) -> bool:
    """Whether a match cuts a number or a Latin word in two: `28条` in `128条`, `tax` in `taxi`."""
    return _is_inside_run(text, start) or _is_inside_run(text, end)


def _is_inside_run(text: str, at: int) -> bool:
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    if not (before.isascii() and after.isascii()):
        return False
    return (before.isdigit() and after.isdigit()) or (before.isalpha() and after.isalpha())


def crosses(taken: list[tuple[int, int]], start: int, end: int) -> bool:
    """Whether a span touches a real phrase that does not lie wholly inside it."""
    at = bisect_left(taken, start - _LONGEST_PHRASE, key=lambda span: span[0])
    while at < len(taken) and taken[at][0] < end:
        if taken[at][1] > start and not (taken[at][0] >= start and taken[at][1] <= end):
            return True
        at += 1
    return False


def sounds_alike(typed_as: str, word: str, *, whole: bool) -> bool:
    """Whether a homophone counts: a short one only with a character in common, unless it is the whole message."""
    if len(word) > FOLDED_FROM or whole:
        return all(not c.isascii() for c in typed_as)
    return any(a == b for a, b in zip(typed_as, word, strict=True))


def span_in_order(
    text: str, pieces: dict[int, list[tuple[int, int]]], first: int, rest: tuple[int, ...]
) -> tuple[int, int] | None:
    """The span of the first place where the pieces follow each other within one sentence."""
    for start, end in pieces[first][:_PLACES]:
        reached = end
        for number in rest:
            reached = _end_of_next(text, pieces.get(number, []), reached)
            if reached < 0:
                break
        if reached >= 0:
            return start, reached
    return None


def _end_of_next(text: str, places: list[tuple[int, int]], after: int) -> int:
    """Where the next piece ends; -1 when none follows within the gap."""
    at = bisect_left(places, after, key=lambda place: place[0])
    if at == len(places):
        return -1
    start, end = places[at]
    if start - after > GAP or not _SENTENCE_ENDS.isdisjoint(text[after:start]):
        return -1
    return end


def outermost(hits: list[Hit]) -> list[Hit]:
    """Hits that no longer hit encloses, in order of place."""
    kept: list[Hit] = []
    reach = -1
    span = (-1, -1)
    for hit in sorted(hits, key=lambda h: (h.start, -h.end)):
        if hit.end > reach or (hit.start, hit.end) == span:
            kept.append(hit)
            reach, span = max(reach, hit.end), (hit.start, hit.end)
    return kept
