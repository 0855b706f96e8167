"""What speaks against a phrase of staff: other meanings of the same words, and words that never reach it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.content.records import PolicyDocument
from bot.content.taught_phrases import Taught
from bot.understanding.labels import NAMES
from bot.understanding.matcher import keyed
from bot.understanding.normalise import list_number, normalise
from bot.understanding.phrases import INTENTS, SPECIFIC, Phrases


@dataclass(frozen=True)
class Conflict:
    """One contradiction, said for staff. A useless phrase never gets to speak."""

    phrase: str
    message: str
    useless: bool = False


@dataclass(frozen=True)
class Known:
    """What words mean already: in content/phrases.toml, as names of packages, and as commands of the chat."""

    shipped: Mapping[str, frozenset[str]]
    names: Mapping[str, str]
    commands: frozenset[str]


def known(phrases: Phrases, policies: Iterable[PolicyDocument], commands: Iterable[str]) -> Known:
    """What a new phrase is compared with."""
    shipped: dict[str, set[str]] = {}
    pairs = [(word, g.label) for g in phrases.groups for word in g.words]
    for word, label in (*pairs, *phrases.exact):
        if label in INTENTS or label.startswith(SPECIFIC):
            shipped.setdefault(keyed(word), set()).add(label)
    names = {keyed(name.strip("《》")): p.short_name for p in policies for name in p.names}
    return Known({w: frozenset(labels) for w, labels in shipped.items()}, names, frozenset(commands))


def conflicts(words: Iterable[Taught], against: Known) -> list[Conflict]:
    """Everything that is wrong with these phrases, also among themselves."""
    found: list[Conflict] = []
    first: dict[str, str] = {}
    for word in words:
        label = first.setdefault(word.phrase, word.label)
        if label != word.label:
            told = f"「{word.phrase}」有两个含义：{name(label)} 和 {name(word.label)}；请只留一个"
            found.append(Conflict(word.phrase, told))
        found += _of_one(word, against)
    return found


def _of_one(word: Taught, against: Known) -> Iterator[Conflict]:
    if normalise(word.phrase) in against.commands or list_number(word.phrase) is not None:
        told = f"「{word.phrase}」是菜单里的词，总是按菜单回答，添加了也不起作用；请换一个词"
        yield Conflict(word.phrase, told, useless=True)
    owner = against.names.get(word.phrase)
    if owner is not None and word.label != f"{SPECIFIC}{owner}":
        told = (
            f"「{word.phrase}」是政策《{owner}》的名称，却要指 {name(word.label)}；请改政策的别名，或换一个词"
        )
        yield Conflict(word.phrase, told)
    others = against.shipped.get(word.phrase, frozenset()) - {word.label}
    if others:
        told = f"「{word.phrase}」在 phrases.toml 里指 {'、'.join(map(name, sorted(others)))}，这里指 {name(word.label)}"
        yield Conflict(word.phrase, told)


def name(label: str) -> str:
    """A label as staff read it."""
    return f"《{label.removeprefix(SPECIFIC)}》" if label.startswith(SPECIFIC) else NAMES.get(label, "闲聊")
