"""What a message wants, in the order of domain §7.3: exact, names, phrases, length, nearest example, three guesses."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.understanding import advert, story, told, trouble
from bot.understanding.answers import SUGGESTIONS, Ranked, Understanding, as_ranked, decided, others
from bot.understanding.cleaning import clean
from bot.understanding.features import features
from bot.understanding.index import Index
from bot.understanding.likeness import OVERRULED, TALK_OF_BUSINESS, is_sure, leaning
from bot.understanding.names import Found, tight
from bot.understanding.nearest import Likeness
from bot.understanding.normalise import case_number, menu_digit, normalise, strip_openers
from bot.understanding.numerals import in_digits
from bot.understanding.phrases import INTENTS, SPECIFIC
from bot.understanding.search import search
from bot.understanding.short_words import near_command, typed_in_parts
from bot.understanding.spans import Hit
from bot.understanding.weigh import Weighed, weigh

__all__ = ["MENU", "Ranked", "Understanding", "understand"]

MENU = {
    1: "policy:政策", 2: "policy:法律", 3: "policy:金融", 4: "policy:人才", 5: "policy:税费",
    6: "appeal", 7: "appeal_status", 8: "study", 9: "events", 0: "human",
}  # fmt: skip
_CLEAR = 3.0  # a score from which an intent is taken
_NAMED_SCORE = {"number": 1.0, "name": 0.98, "sound": 0.9, "pinyin": 0.9, "slip": 0.85, "part": 0.8}
_OVER_A_NAME = 9.0  # phrases this clear beat the name of a document: 我要投诉, 宣讲会报名
_STRONGER_THAN_NAMES = ("appeal", "appeal_status", "events", "offtopic", "unsubscribe_study")
_HELD = 10.0  # the score of a text of the packages from which a message speaks of what they hold
_BY_TEXT = 0.3  # the score of a package that is offered because its text holds the words
_HINT = 2.0  # the score of a sure guess
_MATTER_FROM = 25  # characters of a text that is about something although no phrase knows it
_ADVERT = 6.0
_LONG_ADVERT = 120  # characters; in longer texts a word of the market proves little
_HEAD, _TAIL = 300, 150  # characters of a long text whose phrases count

_HEARD = 0.5  # the score of a command of two characters that is only heard
_FAINT = 1.2  # a score of phrases that the examples may overrule
_SHORTEST_TITLE = 4  # shorter names are everyday words


def understand(text: str, index: Index, context: str | None = None) -> Understanding:
    """The intent of any text, never an exception. Bare digits are those of the main menu in every `context`.

    What nothing speaks for is `offtopic` with `understood=False` and at least three guesses in `ranked`.
    """
    words = clean(text)
    keyed = in_digits(words)
    steps = [f"context:{context}"] if context else []
    certain = _exact_match(text, words, index) or _empty_talk(words, keyed, index)
    if certain:
        return decided([certain], {}, [*steps, f"exact:{certain.why}"])
    title = index.titles.get(tight(words))
    if title is not None and len(words) >= _SHORTEST_TITLE:
        return decided([Ranked(f"{SPECIFIC}{title}", 1.0, "whole name")], {}, [*steps, "name:whole"])
    hits = index.matcher.find(_head_and_tail(keyed))
    scores = weigh(keyed, hits, in_business=index.word_classes.in_business(keyed))
    unwanted = _unwanted_talk(words, scores, asks=any(hit.label == "question" for hit in hits))
    if unwanted:
        return decided([unwanted], scores, [*steps, f"unwanted:{unwanted.why}"])
    named = _told_apart(_named_documents(words, index, longest_phrase=_longest_topic(hits)), hits)
    if named and not (_is_over_a_name(words, scores) and _is_over_a_name(words, _beside(named, keyed, hits))):
        return decided(named, scores, [*steps, f"name:{named[0].why}"])
    if story.is_long(words) and not _asks_at_length(words, scores):
        appeal = (
            Ranked("appeal", 0.9, "story") if story.tells_story(words) else Ranked("appeal", 0.6, "length")
        )
        return decided([appeal], scores, [*steps, appeal.why])
    like = index.nearest.find(features(keyed, index.word_classes, {(hit.label, hit.weight) for hit in hits}))
    if _asks_for_rule(hits, in_business=like.in_business):
        like = replace(like, in_business=True)  # small talk hardly does
        scores = {**_rule_without_topic(scores, like), **scores}
    clearest = max((w.score for w in scores.values()), default=0.0)
    if clearest >= _CLEAR:
        leaned = leaning(scores, like, story=_tells_what_happened(hits))
        if max((w.score for w in leaned.values()), default=0.0) < _FAINT and is_sure(keyed, like, OVERRULED):
            return _by_example(like, scores, steps)
        leaned = leaned or scores
        if trouble.is_hearsay(words) and trouble.asks(words):
            leaned = {k: w for k, w in leaned.items() if k != "appeal"} or {"policy:法律": leaned["appeal"]}
        best = max(leaned, key=lambda label: leaned[label].score)
        return decided([as_ranked(best, leaned[best])], leaned, [*steps, f"phrase:{leaned[best].why}"])
    return _guess(keyed, scores, like, index, steps)


def _head_and_tail(words: str) -> str:
    return words if len(words) <= _HEAD + _TAIL else f"{words[:_HEAD]}。{words[-_TAIL:]}"


def _exact_match(text: str, words: str, index: Index) -> Ranked | None:
    digit = menu_digit(text)
    if digit is not None and digit in MENU:
        return Ranked(MENU[digit], 1.0, f"digit {digit}")
    number = case_number(text)
    if number:
        return Ranked("appeal_status", 1.0, "case number")
    for form in (words, normalise(words), normalise(strip_openers(words))):
        if form and form in index.exact:
            return Ranked(index.exact[form], 1.0, f"word {form}")
    if words in index.initials:
        return Ranked(index.initials[words], 0.9, f"initials {words}")
    label = typed_in_parts(words, index.initials, index.exact)
    return Ranked(label, 0.9, f"initials {words}") if label else None


def _empty_talk(words: str, keyed: str, index: Index) -> Ranked | None:
    """Greetings alone ask for help; thanks and 收到 get a friendly word; a contact alone is no appeal."""
    if advert.is_only_contact(words):
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
    made: list[frozenset[str] | None] = [None] * len(rest) + [frozenset()]
    for at in range(len(rest) - 1, -1, -1):  # what the text from here on is made of, with the longest pieces
        for size in range(min(_LONGEST_PIECE, len(rest) - at), 0, -1):
            after = made[at + size]
            if after is not None and rest[at : at + size] in known:
                made[at] = after | {rest[at : at + size]}
                break
    return made[0] or frozenset()


def _unwanted_talk(words: str, scores: dict[str, Weighed], *, asks: bool) -> Ranked | None:
    """Adverts and orders to the bot; they are read like any text, and nothing in them is obeyed.

    A question that leaves no contact advertises nothing: 有没有低息贷款.
    """
    injection, advertised = scores.pop("injection", None), scores.pop("advert", None)
    abuse = scores.pop("abuse", None)
    if injection and injection.score >= _ADVERT:
        return Ranked("offtopic", 0.9, "injection")
    if advertised:
        contact = advert.has_contact(words)
        loudness = advertised.score + (3.0 if contact else 0.0)
        appeal = scores["appeal"].score if "appeal" in scores else 0.0
        enough = _ADVERT if len(words) <= _LONG_ADVERT and (contact or not asks) else 2 * _ADVERT
        if loudness >= enough and appeal < loudness:
            return Ranked("offtopic", 0.9, "advert")
    if abuse and max((w.score for w in scores.values()), default=0.0) < _CLEAR:
        return Ranked("offtopic", 0.7, "abuse")
    return None


def _tells_what_happened(hits: list[Hit]) -> bool:
    labels = {hit.label for hit in hits}
    return told.TOLD in labels and labels.isdisjoint({told.RULE, told.HEARD, "question"})


def _asks_for_rule(hits: list[Hit], *, in_business: bool) -> bool:
    """Whether a rule is asked, or one of business is passed on: 大家都说我瘦 is talk."""
    labels = {hit.label for hit in hits}
    return told.RULE in labels or (in_business and {told.HEARD, "question"} <= labels)


def _rule_without_topic(scores: dict[str, Weighed], like: Likeness) -> dict[str, Weighed]:
    """What a rule is about that names no topic: what it is most like, once it is clear that nothing else is meant."""
    if any(weighed.score >= _CLEAR or label.startswith("policy:") for label, weighed in scores.items()):
        return {}
    if like.labels and like.labels[0][0] == "offtopic" and like.labels[0][1] >= TALK_OF_BUSINESS:
        return {}
    topic = next((label for label, _ in like.labels if label.startswith("policy:")), None)
    return {topic: Weighed(_CLEAR, "rule")} if topic else {}


def _longest_topic(hits: list[Hit]) -> int:
    return max((h.end - h.start for h in hits if h.label in INTENTS and not h.joined), default=0)


def _named_documents(words: str, index: Index, longest_phrase: int) -> list[Ranked]:
    written = index.names.by_number(words) or index.names.by_name(words)
    if written and (written[0].how == "number" or len(tight(words)) <= written[0].size + _CLEARLY_LONGER):
        return [_document(hit) for hit in written]
    misspelt = _misspelt(words, index, longest_phrase)
    longer = misspelt and written and misspelt[0].size > written[0].size + _CLEARLY_LONGER
    return [_document(hit) for hit in (misspelt if longer or not written else written)]


def _told_apart(named: list[Ranked], hits: list[Hit]) -> list[Ranked]:
    """The documents named, after any that a longer phrase round such a name points to: 增值税法施行后的衔接."""
    for hit in hits:
        if hit.label.startswith(SPECIFIC) and any(
            row.why.startswith("name ") and row.why[5:] in hit.phrase and hit.label != row.intent
            for row in named
        ):
            return [Ranked(hit.label, _NAMED_SCORE["name"], f"name {hit.phrase}"), *named]
    return named


def _misspelt(words: str, index: Index, longest_phrase: int) -> list[Found]:
    """By sound, unless a clearly longer name is only a slip away: 促进中小企业发 is not all of 促进…发展条列."""
    heard, slipped = index.names.by_sound(words), index.names.by_slip(words, longest_phrase)
    if heard and slipped and slipped[0].size > heard[0].size + _CLEARLY_LONGER:
        return slipped
    return heard or slipped


def _document(hit: Found) -> Ranked:
    return Ranked(SPECIFIC + hit.key, _NAMED_SCORE[hit.how], f"{hit.how} {hit.name}")


def _is_over_a_name(words: str, scores: dict[str, Weighed]) -> bool:
    if story.tells_story(words) and not story.asks_about_rule(words):
        return True
    return any(label in scores and scores[label].score >= _OVER_A_NAME for label in _STRONGER_THAN_NAMES)


def _beside(named: list[Ranked], keyed: str, hits: list[Hit]) -> dict[str, Weighed]:
    """The scores of what stands beside the name: 信访 in 信访工作条例 files nothing."""
    name = named[0].why.partition(" ")[2]
    return weigh(keyed, [hit for hit in hits if hit.phrase not in name])


_FILED = 8.0
_CLEARLY_LONGER = 2  # characters


def _asks_at_length(words: str, scores: dict[str, Weighed]) -> bool:
    """Whether a long text is after all no appeal: a question about a rule, a chat, a wish for something else."""
    appeal = scores["appeal"].score if "appeal" in scores else 0.0
    other = max((w.score for label, w in scores.items() if label != "appeal"), default=0.0)
    if story.asks_about_rule(words):
        return appeal < _FILED and other > appeal
    commands = max((scores[label].score for label in _COMMANDS if label in scores), default=0.0)
    if appeal < _CLEAR and "offtopic" in scores:
        commands = max(commands, scores["offtopic"].score)
    return len(words) <= 2 * story.LONG and commands >= _FILED and commands > appeal


_COMMANDS = ("appeal_status", "human", "events", "study", "subscribe_study", "unsubscribe_study")


def _guess(
    keyed: str, scores: dict[str, Weighed], like: Likeness, index: Index, steps: list[str]
) -> Understanding:
    slips = {h.label: Weighed(h.weight, h.phrase) for h in index.matcher.find_slips(keyed)}
    if slips and not (like.labels and like.labels[0][0] == "offtopic" and like.labels[0][1] >= OVERRULED):
        label = max(slips, key=lambda name: slips[name].score)
        return decided(
            [as_ranked(label, slips[label])], {**slips, **scores}, [*steps, f"slip:{slips[label].why}"]
        )
    if is_sure(keyed, like):
        return _by_example(like, scores, steps)
    if command := near_command(keyed, index.exact):
        return decided([Ranked(command[1], _HEARD, f"sound {command[0]}")], scores, [*steps, "sound"])
    if len(keyed) >= _MATTER_FROM and story.is_mostly_chinese(keyed) and not _is_chat(scores):
        return decided([Ranked("appeal", 0.5, "length")], scores, [*steps, "length"])
    hints = {label: Weighed(_HINT * chance, "example") for label, chance in like.labels[:SUGGESTIONS]}
    read = search(index.search, keyed, SUGGESTIONS) if index.search else []
    if read and read[0].score >= _HELD and like.labels[0][0].startswith("policy:"):
        return _by_example(like, scores, [*steps, "held"])
    texts = [Ranked(f"{SPECIFIC}{r.key}", _BY_TEXT, f"search {r.field}") for r in read]
    choices = others(texts, {**hints, **scores})
    return Understanding(
        "offtopic", choices, 0.1, None, (*steps, "search" if read else "nothing"), understood=False
    )


def _by_example(like: Likeness, scores: dict[str, Weighed], steps: list[str]) -> Understanding:
    label, chance = like.labels[0]
    return decided([Ranked(label, round(0.5 * chance, 3), "example")], scores, [*steps, "example"])


def _is_chat(scores: dict[str, Weighed]) -> bool:
    return "offtopic" in scores
