"""What understanding answers: the intent, its rivals by score, and how it was reached."""

from __future__ import annotations

from dataclasses import dataclass

from bot.understanding.phrases import SPECIFIC
from bot.understanding.weigh import Weighed

SUGGESTIONS = 3
_HALF = 3.0  # a score that counts as one half on the scale 0–1
_USUAL = (
    "policy:政策",
    "appeal",
    "human",
    "policy:金融",
    "events",
)  # guesses when nothing speaks for anything


@dataclass(frozen=True, slots=True)
class Ranked:
    """One possible intent, its score 0–1, and what spoke for it."""

    intent: str
    score: float
    why: str


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a message wants. `ranked[0]` is `intent` unless not understood; then `ranked` holds what to offer.

    `policy` is the short name of the document meant, `steps` how the decision was reached.
    """

    intent: str
    ranked: tuple[Ranked, ...]
    score: float
    policy: str | None
    steps: tuple[str, ...]
    understood: bool = True


def decided(first: list[Ranked], scores: dict[str, Weighed], steps: list[str]) -> Understanding:
    """The answer that the first of these is what the person wants."""
    best = first[0]
    policy = best.intent.removeprefix(SPECIFIC) if best.intent.startswith(SPECIFIC) else None
    return Understanding(best.intent, others(first, scores), best.score, policy, tuple(steps))


def others(first: list[Ranked], scores: dict[str, Weighed]) -> tuple[Ranked, ...]:
    """The decided ones, then all others that something spoke for, then the usual ones up to three."""
    ordered = sorted(scores.items(), key=lambda pair: -pair[1].score)
    rest = [
        as_ranked(label, weighed) for label, weighed in ordered if not (not first and label == "offtopic")
    ]
    usual = [Ranked(label, 0.0, "usual") for label in _USUAL]
    kept: dict[str, Ranked] = {}
    for row in [*first, *rest, *usual]:
        if row.intent not in kept and (row.why != "usual" or len(kept) < SUGGESTIONS):
            kept[row.intent] = row
    return tuple(kept.values())


def as_ranked(label: str, weighed: Weighed) -> Ranked:
    """A score of phrases on the scale 0–1."""
    return Ranked(label, round(weighed.score / (weighed.score + _HALF), 3), weighed.why)
