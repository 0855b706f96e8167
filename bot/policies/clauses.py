"""Which of a package's facts answer a person's words best. Pure."""

from __future__ import annotations

from datetime import date

from bot.content.closed_lists import Grade
from bot.content.record_parts import Fact
from bot.content.records import PolicyDocument
from bot.understanding.ranking import grams

_CAVEAT = "（以官方发布为准）"


def counting(policy: PolicyDocument, day: date) -> list[Fact]:
    """The facts that hold on this day, in the order of the record."""
    return [fact for fact in policy.facts if fact.holds_on(day)]


def best(policy: PolicyDocument, words: str, day: date, most: int) -> list[Fact]:
    """The facts that share most with these words; those of the record's beginning where none shares anything."""
    said = set(grams(words))
    facts = counting(policy, day)
    shared = {place: len(said & set(grams(fact.text))) for place, fact in enumerate(facts)}
    chosen = sorted(shared, key=lambda place: (-shared[place], place))[:most]
    return [facts[place] for place in sorted(chosen)]


def about(policy: PolicyDocument, words: str, day: date, most: int) -> list[Fact]:
    """The facts that share a pair of characters with these words, the ones that share most first; [] for none."""
    pairs = {gram for gram in grams(words) if len(gram) > 1}
    shared = [(len(pairs & set(grams(fact.text))), fact) for fact in counting(policy, day)]
    return [fact for count, fact in sorted(shared, key=lambda pair: -pair[0]) if count][:most]


def said(fact: Fact) -> str:
    """A fact as a line: what it says, on what ground, with a reservation where it was not read in the text itself."""
    caveat = _CAVEAT if fact.grade is Grade.C else ""
    return f"{fact.text}（{fact.source}）{caveat}"
