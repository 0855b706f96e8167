"""Everything that understanding looks words up in, built once per version of the content and then only read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from bot.understanding.cleaning import clean
from bot.understanding.features import BUSINESS, WordClasses, features
from bot.understanding.matcher import Matcher, keyed
from bot.understanding.names import Named, Names, Soft, tight
from bot.understanding.nearest import Lesson, Nearest
from bot.understanding.normalise import normalise
from bot.understanding.phrases import CLASS, INTENTS, SPECIFIC, Phrases
from bot.understanding.search import SearchIndex
from bot.understanding.sounds import initials, letters

__all__ = ["Index", "Named", "Phrases", "build_index"]


@dataclass(frozen=True)
class Index:
    """Names, phrases and examples, ready to be asked by any number of threads."""

    names: Names
    matcher: Matcher
    nearest: Nearest
    word_classes: WordClasses
    exact: dict[str, str]
    greetings: frozenset[str]
    courtesies: frozenset[str]
    fillers: frozenset[str]
    initials: dict[str, str]  # a whole message of initials or pinyin -> label
    documents: frozenset[str]
    titles: dict[str, str]  # a whole message that is just a document's name -> its key
    search: SearchIndex | None = None  # the texts of the packages, for the step before giving up


Taught = tuple[Nearest, WordClasses]
Teach = Callable[[Phrases], Taught]


def build_index(
    policies: Iterable[Named],
    phrases: Phrases,
    search: SearchIndex | None = None,
    shipped: Phrases | None = None,
    teach: Teach | None = None,
) -> Index:
    """The index of these documents and phrases. Phrases that point to a document not among them are left out.

    `shipped` are the phrases of the file, without those that staff added: what is learnt from them is kept, so that
    a new phrase takes effect at once; `teach` says how it is learnt. With `search` (see search.py) what nobody
    understands is offered the packages whose texts hold its words.
    """
    documents = tuple(policies)
    keys = {d.key for d in documents}
    known_groups = tuple(
        g
        for g in phrases.groups
        if not g.label.startswith(SPECIFIC) or g.label.removeprefix(SPECIFIC) in keys
    )
    return _build(
        documents, replace(phrases, groups=known_groups), (teach or learn)(shipped or phrases), search
    )


@lru_cache(maxsize=2)
def _build(
    documents: tuple[Named, ...], phrases: Phrases, taught: Taught, search: SearchIndex | None
) -> Index:
    """Kept while nothing changes: content that is imported again need not be indexed again."""
    matcher = Matcher(phrases)
    soft = Soft(frozenset(tight(clean(g)) for g in phrases.generic), _phrases_of_topics(documents, matcher))
    classes = {name: frozenset(map(keyed, words)) for name, words in phrases.classes}
    nearest, word_classes = taught
    return Index(
        names=_build_names(documents, soft),
        matcher=matcher,
        nearest=nearest,
        word_classes=word_classes,
        exact={normalise(word) or word: label for word, label in phrases.exact},
        greetings=_with_letters(classes.get("greeting", frozenset())),
        courtesies=_with_letters(classes.get("courtesy", frozenset())),
        fillers=_with_letters(classes.get("filler", frozenset())),
        initials=_by_initials(documents, phrases),
        documents=frozenset(d.key for d in documents),
        search=search,
        titles={tight(clean(name)): d.key for d in reversed(documents) for name in (*d.names, d.key)},
    )


@lru_cache(maxsize=2)
def _build_names(documents: tuple[Named, ...], soft: Soft) -> Names:
    """Kept while neither the documents nor the topics among their names change."""
    return Names(documents, soft)


def _with_letters(words: frozenset[str]) -> frozenset[str]:
    """The words, and those of two characters and more as they are typed: zaima."""
    return words | {typed for word in words if len(word) > 1 and (typed := letters(word))}


def _phrases_of_topics(documents: tuple[Named, ...], matcher: Matcher) -> frozenset[str]:
    """Names that are themselves everyday words for a topic: they must not take every question that holds them."""
    names = {tight(clean(name)) for d in documents for name in (d.key, *d.names)}
    return frozenset(name for name in names if matcher.is_topic(name))


_PHRASE_SHARE = 0.3  # of the weight of an example sentence
_FAMILY_SHARE = 3.0  # of a whole family together
_MEMBERS = 16  # of a family that are tried; other families try the other words of a class
_TAUGHT_AS = {"support": "policy:政策", "trouble": "appeal", "injection": "offtopic", "advert": "offtopic"}


@lru_cache(maxsize=2)
def learn(phrases: Phrases) -> Taught:
    """What the phrases and examples teach; it does not depend on the documents, so it serves every version of them."""
    classes = classes_of(phrases)
    return Nearest.taught(list(_lessons(phrases, Matcher(phrases), classes))), classes


@lru_cache(maxsize=2)
def classes_of(phrases: Phrases) -> WordClasses:
    """The words that stand for a kind of thing."""
    used = _classes_of_families(phrases)
    return WordClasses({name: map(keyed, words) for name, words in phrases.classes if name in used})


def _classes_of_families(phrases: Phrases) -> frozenset[str]:
    """Classes that stand for a kind of thing, not for a piece of courtesy."""
    used = {name for line, _ in phrases.families for name in CLASS.findall(line)}
    return frozenset(used | {BUSINESS} if any(name == BUSINESS for name, _ in phrases.classes) else used)


# Characters of a name or phrase whose initials are looked up: shst, flzx; 3 for words of [exact].
_INITIALS_OF = 4
_SOUNDED = 6.0  # weight of a phrase that may be typed by its initials


def _by_initials(documents: tuple[Named, ...], phrases: Phrases) -> dict[str, str]:
    """Letters that mean one thing only: initials of pinyin (shst, tsq), and the words of [exact] typed in full (shebao)."""
    meanings: dict[str, set[str]] = {}
    spoken = [(word, label) for word, label in phrases.exact if len(word) == _INITIALS_OF - 1]
    spoken += [(word, label) for word, label in phrases.exact if len(word) >= _INITIALS_OF]
    spoken += [
        (word, g.label)
        for g in phrases.groups
        if g.sound and g.weight >= _SOUNDED
        for word in g.words
        if len(word) >= _INITIALS_OF
    ]
    spoken += [
        (name, f"{SPECIFIC}{d.key}")
        for d in documents
        for name in (d.key, *d.names)
        if len(name) >= _INITIALS_OF
    ]
    for word, label in spoken:
        if typed := initials(clean(word)):
            meanings.setdefault(typed, set()).add(label)
    for word, label in phrases.exact:
        if len(word) > 1 and (typed := letters(clean(word))):
            meanings.setdefault(typed, set()).add(label)
    words = {word for group in phrases.groups for word in group.words} | {word for word, _ in phrases.exact}
    return {
        typed: labels.pop() for typed, labels in meanings.items() if len(labels) == 1 and typed not in words
    }


def _lessons(phrases: Phrases, matcher: Matcher, classes: WordClasses) -> Iterator[Lesson]:
    """What the nearest-example step learns from: sentences, families of sentences, and a little from every phrase."""
    for text, label, weight in _sentences(phrases):
        yield features(text, classes, {(hit.label, hit.weight) for hit in matcher.find(text)}), label, weight
    for group in phrases.groups:
        label = _TAUGHT_AS.get(group.label, group.label)
        for word in group.words if label in INTENTS else ():
            if "<" not in word:
                labels = ((group.label, group.weight),)
                yield features(keyed(word.replace("…", "")), classes, labels), label, _PHRASE_SHARE


def _sentences(phrases: Phrases) -> Iterator[tuple[str, str, float]]:
    for line, label in phrases.examples:
        yield keyed(line), label, 1.0
    words = dict(phrases.classes)
    for place, (line, label) in enumerate(phrases.families):
        members = _members(line, words, place)
        for member in members:
            yield keyed(member), label, _FAMILY_SHARE / len(members)


def _members(line: str, classes: dict[str, tuple[str, ...]], place: int) -> list[str]:
    """Sentences of a family: every <class> in turn stands for some of its words."""
    sizes = [len(classes[name]) for name in CLASS.findall(line)]
    count = min(_MEMBERS, max(sizes, default=1))
    return [_member(line, classes, place * _MEMBERS + turn) for turn in range(count)]


def _member(line: str, classes: dict[str, tuple[str, ...]], turn: int) -> str:
    return CLASS.sub(lambda found: _word_at_turn(classes[found.group(1)], turn, found.start()), line)


def _word_at_turn(words: tuple[str, ...], turn: int, salt: int) -> str:
    return words[(turn + 5 * salt) % len(words)]
