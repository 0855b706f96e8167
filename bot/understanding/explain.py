"""Why a text is understood as it is: every step that looked at it, what it found, and its score."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.understanding import story
from bot.understanding.cleaning import clean
from bot.understanding.emergency import emergency
from bot.understanding.features import features
from bot.understanding.index import Index
from bot.understanding.likeness import leaning
from bot.understanding.numerals import in_digits
from bot.understanding.search import search
from bot.understanding.understand import understand
from bot.understanding.weigh import weigh

_SHOWN = 5  # rows of one step


@dataclass(frozen=True, slots=True)
class Finding:
    """One row of the table: the step, what it found, and the score it gave, if any."""

    step: str
    found: str
    score: float | None = None


def explain(text: str, index: Index, context: str | None = None) -> list[Finding]:
    """The findings of all steps for this text in the order of domain §7.3, also of those after the one that decided."""
    return list(_findings(text, index, context))


def _findings(text: str, index: Index, context: str | None) -> Iterator[Finding]:
    words = clean(text)
    keyed = in_digits(words)
    meaning = understand(text, index, context)
    yield Finding("规整", keyed)
    danger = emergency(text)
    if danger:
        yield Finding("险情", danger, 1.0)
    yield from _name_findings(words, index)
    hits = index.matcher.find(keyed)
    for hit in sorted(hits, key=lambda h: -h.weight)[: 2 * _SHOWN]:
        yield Finding("词语", f"{hit.label} ← {hit.phrase}", hit.weight)
    scores = weigh(keyed, hits, in_business=index.word_classes.in_business(keyed))
    for label, weighed in sorted(scores.items(), key=lambda pair: -pair[1].score)[:_SHOWN]:
        yield Finding("词语合计", label, round(weighed.score, 2))
    like = index.nearest.find(features(keyed, index.word_classes, {(h.label, h.weight) for h in hits}))
    for label, chance in like.labels[:3]:
        yield Finding(
            "像哪类例句",
            f"{label}（认得 {like.known:.0%}，线索 {like.clue:.1f}/{like.clues:.2f}）",
            round(chance, 3),
        )
    for label, weighed in sorted(leaning(scores, like).items(), key=lambda pair: -pair[1].score)[:_SHOWN]:
        yield Finding("合并", label, round(weighed.score, 2))
    if story.is_long(words):
        yield Finding(
            "长文", f"讲自己的事：{story.tells_story(words)}；问规定：{story.asks_about_rule(words)}"
        )
    for result in search(index.search, keyed)[:3] if index.search else ():
        yield Finding("全文", f"{result.key}（{result.field}：{result.clause}）", result.score)
    yield Finding("结论", f"{meaning.intent}（{meaning.steps[-1]}）", meaning.score)


def _name_findings(words: str, index: Index) -> Iterator[Finding]:
    by_way = (
        ("文号", index.names.by_number(words)),
        ("名称", index.names.by_name(words)),
        ("读音", index.names.by_sound(words)),
        ("错字", index.names.by_slip(words)),
    )
    for step, found in by_way:
        for hit in found[:_SHOWN]:
            yield Finding(step, f"{hit.key} ← {hit.name}", float(hit.size))
