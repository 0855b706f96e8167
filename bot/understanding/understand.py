"""What a message wants, in the order of domain §7.3: exact, names, phrases, length, nearest example, three guesses."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.understanding import advert, story
from bot.understanding.cleaning import clean
from bot.understanding.index import Index
from bot.understanding.matcher import Hit
from bot.understanding.names import Found, tight
from bot.understanding.normalise import case_number, menu_digit, normalise, strip_openers
from bot.understanding.numerals import in_digits
from bot.understanding.phrases import INTENTS, SPECIFIC
from bot.understanding.weigh import Weighed, weigh

MENU = {
    1: "policy:政策", 2: "policy:法律", 3: "policy:金融", 4: "policy:人才", 5: "policy:税费",
    6: "appeal", 7: "appeal_status", 8: "study", 9: "events", 0: "human",
}  # fmt: skip
_USUAL = (
    "policy:政策",
    "appeal",
    "human",
    "policy:金融",
    "events",
)  # guesses when nothing speaks for anything
_SUGGESTIONS = 3
_CLEAR = 3.0  # a score from which an intent is taken
_HALF = 3.0  # a score that counts as one half on the scale 0–1
_NAMED_SCORE = {"number": 1.0, "name": 0.98, "sound": 0.9, "pinyin": 0.9, "slip": 0.85, "part": 0.8}
_OVER_A_NAME = 9.0  # phrases this clear beat the name of a document: 我要投诉, 宣讲会报名
_STRONGER_THAN_NAMES = ("appeal", "appeal_status", "events", "offtopic", "unsubscribe_study")
_SURE_ENOUGH = 0.9  # chance of the likeliest example intent
_KNOWN_ENOUGH = 0.7  # share of a text that the examples know
_SAYS_ENOUGH = 4  # characters; shorter texts are like too much
_HINT = 2.0  # the score of a sure guess
_MATTER_FROM = 25  # characters of a text that is about something although no phrase knows it
_ADVERT = 6.0
_LONG_ADVERT = 120  # characters; in longer texts a word of the market proves little
_HEAD, _TAIL = 300, 150  # characters of a long text whose phrases count

_SHORTEST_TITLE = 4  # shorter names are everyday words


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


def understand(text: str, index: Index, context: str | None = None) -> Understanding:
    """The intent of any text, never an exception. Bare digits are those of the main menu in every `context`.

    What nothing speaks for is `offtopic` with `understood=False` and at least three guesses in `ranked`.
    """
    words = clean(text)
    keyed = in_digits(words)
    steps = [f"context:{context}"] if context else []
    certain = _exact(text, words, index) or _empty_talk(words, keyed, index)
    if certain:
        return _decided([certain], {}, [*steps, f"exact:{certain.why}"])
    title = index.titles.get(tight(words))
    if title is not None and len(words) >= _SHORTEST_TITLE:
        return _decided([Ranked(f"{SPECIFIC}{title}", 1.0, "whole name")], {}, [*steps, "name:whole"])
    hits = index.matcher.find(_ends(keyed))
    scores = weigh(keyed, hits)
    unwanted = _unwanted(words, scores)
    if unwanted:
        return _decided([unwanted], scores, [*steps, f"unwanted:{unwanted.why}"])
    named = _named(words, index, longest_phrase=_longest_topic(hits))
    if named and not _beats_name(words, scores):
        return _decided(named, scores, [*steps, f"name:{named[0].why}"])
    if story.is_long(words) and not _asks_at_length(words, scores):
        told = Ranked("appeal", 0.9, "story") if story.tells_story(words) else Ranked("appeal", 0.6, "length")
        return _decided([told], scores, [*steps, told.why])
    best = max(scores, key=lambda label: scores[label].score, default=None)
    if best is not None and scores[best].score >= _CLEAR:
        return _decided([_ranked(best, scores[best])], scores, [*steps, f"phrase:{scores[best].why}"])
    return _guess(keyed, scores, index, steps)


def _ends(words: str) -> str:
    return words if len(words) <= _HEAD + _TAIL else f"{words[:_HEAD]}。{words[-_TAIL:]}"


def _exact(text: str, words: str, index: Index) -> Ranked | None:
    digit = menu_digit(text)
    if digit is not None and digit in MENU:
        return Ranked(MENU[digit], 1.0, f"digit {digit}")
    number = case_number(text)
    if number:
        return Ranked("appeal_status", 1.0, "case number")
    for form in (words, normalise(words), normalise(strip_openers(words))):
        if form and form in index.exact:
            return Ranked(index.exact[form], 1.0, f"word {form}")
    return None


def _empty_talk(words: str, keyed: str, index: Index) -> Ranked | None:
    """Greetings alone ask for help; thanks and 收到 get a friendly word; a contact alone is no appeal."""
    if advert.only_contact(words):
        return Ranked("offtopic", 0.9, "only contact")
    found = _pieces_of_courtesy(keyed, index)
    if found & index.courtesies:
        return Ranked("offtopic", 0.95, "courtesy")
    if found & index.greetings:
        return Ranked("help", 0.95, "greeting")
    return Ranked("offtopic", 0.9, "courtesy") if found else None


_LONGEST_COURTESY = 40
_LONGEST_PIECE = 14
_MARKS = re.compile(r"[\W_]+")


def _pieces_of_courtesy(keyed: str, index: Index) -> frozenset[str]:
    """The greetings, thanks and fillers that make up the whole text; empty when anything else is in it."""
    rest = _MARKS.sub("", keyed)
    known = index.greetings | index.courtesies | index.fillers
    if not rest or len(rest) > _LONGEST_COURTESY:
        return frozenset()
    found: set[str] = set()
    while rest:
        piece = next(
            (rest[:size] for size in range(min(_LONGEST_PIECE, len(rest)), 0, -1) if rest[:size] in known),
            None,
        )
        if piece is None:
            return frozenset()
        found.add(piece)
        rest = rest[len(piece) :]
    return frozenset(found)


def _unwanted(words: str, scores: dict[str, Weighed]) -> Ranked | None:
    """Adverts and orders to the bot; they are read like any text, and nothing in them is obeyed."""
    injection, advertised = scores.pop("injection", None), scores.pop("advert", None)
    abuse = scores.pop("abuse", None)
    if injection and injection.score >= _ADVERT:
        return Ranked("offtopic", 0.9, "injection")
    if advertised:
        loudness = advertised.score + (3.0 if advert.has_contact(words) else 0.0)
        appeal = scores["appeal"].score if "appeal" in scores else 0.0
        enough = _ADVERT if len(words) <= _LONG_ADVERT else 2 * _ADVERT
        if loudness >= enough and appeal < loudness:
            return Ranked("offtopic", 0.9, "advert")
    if abuse and max((w.score for w in scores.values()), default=0.0) < _CLEAR:
        return Ranked("offtopic", 0.7, "abuse")
    return None


def _longest_topic(hits: list[Hit]) -> int:
    return max((h.end - h.start for h in hits if h.label in INTENTS and not h.joined), default=0)


def _named(words: str, index: Index, longest_phrase: int) -> list[Ranked]:
    found = (
        index.names.by_number(words)
        or index.names.by_name(words)
        or index.names.by_sound(words)
        or index.names.by_slip(words, longest_phrase)
    )
    return [_document(hit) for hit in found]


def _document(hit: Found) -> Ranked:
    return Ranked(SPECIFIC + hit.key, _NAMED_SCORE[hit.how], f"{hit.how} {hit.name}")


def _beats_name(words: str, scores: dict[str, Weighed]) -> bool:
    if story.tells_story(words) and not story.asks_about_rule(words):
        return True
    return any(label in scores and scores[label].score >= _OVER_A_NAME for label in _STRONGER_THAN_NAMES)


_FILED = 8.0


def _asks_at_length(words: str, scores: dict[str, Weighed]) -> bool:
    """Whether a long text is after all no appeal: a question about a rule, a chat, a wish for something else."""
    appeal = scores["appeal"].score if "appeal" in scores else 0.0
    other = max((w.score for label, w in scores.items() if label != "appeal"), default=0.0)
    if story.asks_about_rule(words):
        return appeal < _FILED and other > appeal
    commands = max((scores[label].score for label in _COMMANDS if label in scores), default=0.0)
    return len(words) <= 2 * story.LONG and commands >= _FILED and commands > appeal


_COMMANDS = ("appeal_status", "human", "events", "study", "subscribe_study", "unsubscribe_study", "offtopic")


def _guess(keyed: str, scores: dict[str, Weighed], index: Index, steps: list[str]) -> Understanding:
    slips = {h.label: Weighed(h.weight, h.phrase) for h in index.matcher.find_slips(keyed)}
    if slips:
        label = max(slips, key=lambda name: slips[name].score)
        return _decided(
            [_ranked(label, slips[label])], {**slips, **scores}, [*steps, f"slip:{slips[label].why}"]
        )
    like = index.nearest.find(keyed)
    chinese = story.mostly_chinese(keyed)
    if (
        chinese
        and len(keyed) >= _SAYS_ENOUGH
        and like.known >= _KNOWN_ENOUGH
        and like.labels[0][1] >= _SURE_ENOUGH
    ):
        label, chance = like.labels[0]
        return _decided([Ranked(label, round(0.5 * chance, 3), "example")], scores, [*steps, "example"])
    if len(keyed) >= _MATTER_FROM and chinese and not _is_chat(scores):
        return _decided([Ranked("appeal", 0.5, "length")], scores, [*steps, "length"])
    hints = {label: Weighed(_HINT * chance, "example") for label, chance in like.labels[:_SUGGESTIONS]}
    offers = _others([], {**hints, **scores})
    return Understanding("offtopic", offers, 0.1, None, (*steps, "nothing"), understood=False)


def _is_chat(scores: dict[str, Weighed]) -> bool:
    return "offtopic" in scores


def _decided(first: list[Ranked], scores: dict[str, Weighed], steps: list[str]) -> Understanding:
    best = first[0]
    policy = best.intent.removeprefix(SPECIFIC) if best.intent.startswith(SPECIFIC) else None
    return Understanding(best.intent, _others(first, scores), best.score, policy, tuple(steps))


def _others(first: list[Ranked], scores: dict[str, Weighed]) -> tuple[Ranked, ...]:
    """The decided ones, then all others that something spoke for, then the usual ones up to three."""
    ordered = sorted(scores.items(), key=lambda pair: -pair[1].score)
    rest = [_ranked(label, weighed) for label, weighed in ordered if not (not first and label == "offtopic")]
    usual = [Ranked(label, 0.0, "usual") for label in _USUAL]
    kept: dict[str, Ranked] = {}
    for row in [*first, *rest, *usual]:
        if row.intent not in kept and (row.why != "usual" or len(kept) < _SUGGESTIONS):
            kept[row.intent] = row
    return tuple(kept.values())


def _ranked(label: str, weighed: Weighed) -> Ranked:
    return Ranked(label, round(weighed.score / (weighed.score + _HALF), 3), weighed.why)
