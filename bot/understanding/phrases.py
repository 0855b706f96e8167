"""content/phrases.toml in memory: words that point to an intent, with weights. Staff edit the file.

In `words`, phrases stand apart by white space and `_` is a space inside one. `…` joins parts that follow each
other within 8 characters of one sentence; `<name>` is any word of the class `name`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.core.hand_edited import Complaint, Table, join, read, read_bytes
from bot.core.refusals import Refusal

INTENTS = (
    "policy:政策", "policy:法律", "policy:金融", "policy:人才", "policy:税费",
    "appeal", "appeal_status", "study", "subscribe_study", "unsubscribe_study", "events", "help", "human", "offtopic",
)  # fmt: skip
SPECIFIC = "policy:specific:"
# Not intents, but what decides between them.
CUES = (
    "support",
    "trouble",
    "place",
    "sore",
    "private",
    "question",
    "own",
    "wish",
    "advert",
    "injection",
    "abuse",
)
CLASS = re.compile(r"<([^<>…]+)>")
_KEYS = {"label", "weight", "sound", "words"}
_SECTIONS = {"phrases", "exact", "classes", "examples", "families", "generic", "real_words", "elsewhere"}


class PhraseError(Refusal):
    """content/phrases.toml cannot be used; the message says where and what was expected."""


@dataclass(frozen=True)
class Group:
    """Phrases of one label and weight. With `sound`, homophones count too."""

    label: str
    weight: float
    words: tuple[str, ...]
    sound: bool = False


@dataclass(frozen=True)
class Phrases:
    """All phrase data. `exact` are whole messages, `generic` names that may not steal a question."""

    groups: tuple[Group, ...] = ()
    exact: tuple[tuple[str, str], ...] = ()  # word, label
    classes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    examples: tuple[tuple[str, str], ...] = ()  # sentence, label
    families: tuple[tuple[str, str], ...] = ()  # sentence with <class> in it, label
    generic: frozenset[str] = frozenset()
    real_words: frozenset[str] = frozenset()  # sound like a keyword but mean something else
    # Public matters of which nothing is held, and how people ask for them: an honest no beats a likely wrong package.
    elsewhere: tuple[tuple[str, tuple[str, ...]], ...] = ()


def load_phrases(path: Path) -> Phrases:
    """The phrases of this file; PhraseError names the file, the line and the entry that cannot be used."""
    phrases, complaints = usable_phrases(path)
    if complaints:
        line, told = complaints[0]
        raise PhraseError(f"{path}:{line}：{told}")
    return phrases


def usable_phrases(path: Path) -> tuple[Phrases, tuple[Complaint, ...]]:
    """The phrases of this file that can be used, and what is wrong with the others, by line."""
    try:
        data = path.read_bytes()
    except OSError:
        return _usable(read(path))
    return _usable_bytes(data)


@lru_cache(maxsize=2)  # checks, looks at readiness and a start read the same words over and over
def _usable_bytes(data: bytes) -> tuple[Phrases, tuple[Complaint, ...]]:
    return _usable(read_bytes(data))


def _usable(table: Table) -> tuple[Phrases, tuple[Complaint, ...]]:
    try:
        return parse(table.values), table.complaints
    except PhraseError:
        values, wrong = _usable_entries(table)
        return parse(values), (*table.complaints, *wrong)


def _usable_entries(table: Table) -> tuple[dict[str, Any], list[Complaint]]:
    """The entries that stand the check each by itself; the classes come first, since others need them."""
    wrong: list[Complaint] = []
    kept: dict[str, Any] = {}
    for line, entry in sorted(_entries(table), key=lambda each: "classes" not in each[1]):
        try:
            parse({"classes": kept.get("classes", {}), **entry})
        except PhraseError as told:
            wrong.append((line, str(told)))
        else:
            join(kept, entry)
    return kept, wrong


def _entries(table: Table) -> Iterator[tuple[int, dict[str, Any]]]:
    """Every entry as a table of its own, with its line."""
    for name, value in table.values.items():
        if isinstance(value, list):
            for place, one in enumerate(value):
                yield table.header_line(name, place), {name: [one]}
        elif isinstance(value, dict):
            for key, words in value.items():
                yield table.line(key, table.header_line(name)), {name: {key: words}}
        else:
            yield table.line(name), {name: value}


def parse(table: Mapping[str, Any]) -> Phrases:
    """The phrases of a parsed table; PhraseError when a label, class or type is unknown."""
    if unknown := sorted(set(table) - _SECTIONS):
        raise PhraseError(f"不认识的 {'、'.join(unknown)}；可用的是 {'、'.join(sorted(_SECTIONS))}")
    classes = tuple((name, _words_of(words, name)) for name, words in _section(table, "classes").items())
    groups = tuple(map(_group, _groups(table)))
    families = _labelled(table, "families")
    _check_classes(groups, families, {name for name, _ in classes})
    return Phrases(
        groups,
        _labelled(table, "exact"),
        classes,
        _labelled(table, "examples"),
        families,
        frozenset(_words_of(table.get("generic", ""), "generic")),
        frozenset(_words_of(table.get("real_words", ""), "real_words")),
        tuple((name, _words_of(words, name)) for name, words in _section(table, "elsewhere").items()),
    )


def _section(table: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = table.get(name, {})
    if not isinstance(section, Mapping):
        raise PhraseError(f"{name} 应写成 [{name}]，下面每行一个")
    return section


def _groups(table: Mapping[str, Any]) -> list[Any]:
    groups = table.get("phrases", [])
    if not isinstance(groups, list):
        raise PhraseError("phrases 应写成 [[phrases]]，两对方括号")
    return groups


def _group(raw: Any) -> Group:
    if not isinstance(raw, Mapping):
        raise PhraseError("phrases 应写成 [[phrases]]，两对方括号")
    if unknown := sorted(set(raw) - _KEYS):
        raise PhraseError(
            f"[[phrases]] 有不认识的键 {'、'.join(unknown)}；可用的是 {'、'.join(sorted(_KEYS))}"
        )
    weight = raw.get("weight")
    if not isinstance(weight, int | float) or isinstance(weight, bool) or not 0 < weight <= 20:
        raise PhraseError("[[phrases]] 的 weight 应是大于0、不超过20的数")
    return Group(
        _label(raw.get("label")),
        float(weight),
        _words_of(raw.get("words"), "[[phrases]]"),
        bool(raw.get("sound", False)),
    )


def _label(label: object) -> str:
    if isinstance(label, str) and (label in INTENTS or label in CUES or label.startswith(SPECIFIC)):
        return label
    raise PhraseError(f"不认识的标签 {label!r}；可用的是 {'、'.join((*INTENTS, *CUES))} 和 {SPECIFIC}简称")


def _words_of(words: object, where: str) -> tuple[str, ...]:
    if not isinstance(words, str):
        raise PhraseError(f"{where} 的词语应写成一段文字，用空格或换行隔开")
    return tuple(dict.fromkeys(w.replace("_", " ") for w in words.split()))


def _labelled(table: Mapping[str, Any], section: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (line, _label(label))
        for label, text in _section(table, section).items()
        for line in _words_of(text, label)
    )


def _check_classes(groups: tuple[Group, ...], families: tuple[tuple[str, str], ...], known: set[str]) -> None:
    for phrase in (*(word for group in groups for word in group.words), *(line for line, _ in families)):
        for name in CLASS.findall(phrase):
            if name not in known:
                raise PhraseError(f"「{phrase}」里的 <{name}> 没有在 [classes] 中列出")
