"""Everything that understanding looks words up in, built once per version of the content and then only read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bot.understanding.cleaning import clean
from bot.understanding.matcher import Matcher, keyed
from bot.understanding.names import Named, Names, Soft, tight
from bot.understanding.nearest import Nearest
from bot.understanding.normalise import normalise
from bot.understanding.phrases import INTENTS, SPECIFIC, Phrases

__all__ = ["Index", "Named", "Phrases", "build_index"]


@dataclass(frozen=True)
class Index:
    """Names, phrases and examples, ready to be asked by any number of threads."""

    names: Names
    matcher: Matcher
    nearest: Nearest
    exact: dict[str, str]
    greetings: frozenset[str]
    courtesies: frozenset[str]
    fillers: frozenset[str]
    documents: frozenset[str]
    titles: dict[str, str]  # a whole message that is just a document's name -> its key


def build_index(policies: Iterable[Named], phrases: Phrases) -> Index:
    """The index of these documents and phrases. Phrases that point to a document not among them are left out."""
    documents = tuple(policies)
    keys = frozenset(d.key for d in documents)
    kept = tuple(
        g
        for g in phrases.groups
        if not g.label.startswith(SPECIFIC) or g.label.removeprefix(SPECIFIC) in keys
    )
    matcher = Matcher(replace(phrases, groups=kept))
    soft = Soft(frozenset(tight(clean(g)) for g in phrases.generic), _phrases_of_topics(documents, matcher))
    classes = {name: frozenset(map(keyed, words)) for name, words in phrases.classes}
    return Index(
        names=Names(documents, soft),
        matcher=matcher,
        nearest=Nearest(_lessons(phrases)),
        exact={normalise(word) or word: label for word, label in phrases.exact},
        greetings=classes.get("greeting", frozenset()),
        courtesies=classes.get("courtesy", frozenset()),
        fillers=classes.get("filler", frozenset()),
        documents=keys,
        titles={tight(clean(name)): d.key for d in reversed(documents) for name in (*d.names, d.key)},
    )


def _phrases_of_topics(documents: tuple[Named, ...], matcher: Matcher) -> frozenset[str]:
    """Names that are themselves everyday words for a topic: they must not take every question that holds them."""
    names = {tight(clean(name)) for d in documents for name in (d.key, *d.names)}
    return frozenset(name for name in names if matcher.is_topic(name))


_PHRASE_SHARE = 0.3  # of the weight of an example sentence
_TAUGHT_AS = {"support": "policy:政策", "trouble": "appeal", "injection": "offtopic", "advert": "offtopic"}


def _lessons(phrases: Phrases) -> Iterator[tuple[str, str, float]]:
    """What the nearest-example step learns from: the example sentences, and a little from every phrase."""
    for line, label in phrases.examples:
        yield keyed(line), label, 1.0
    for group in phrases.groups:
        label = _TAUGHT_AS.get(group.label, group.label)
        for word in group.words if label in INTENTS else ():
            if "<" not in word:
                yield keyed(word.replace("…", "")), label, _PHRASE_SHARE
