"""content/phrases.toml in memory: words that point to an intent, with weights. Staff edit the file.

In `words`, phrases stand apart by white space and `_` is a space inside one. `…` joins parts that follow each
other within 8 characters of one sentence; `<name>` is any word of the class `name`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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


def load_phrases(path: Path) -> Phrases:
    """The phrases of this file; PhraseError names the file and the entry that cannot be used."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return parse(table)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, PhraseError) as wrong:
        raise PhraseError(f"{path}：{wrong}") from wrong


def parse(table: Mapping[str, Any]) -> Phrases:
    """The phrases of a parsed table; PhraseError when a label, class or type is unknown."""
    classes = tuple((name, _words_of(words, name)) for name, words in table.get("classes", {}).items())
    groups = tuple(_group(i, raw) for i, raw in enumerate(table.get("phrases", []), 1))
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
    )


def _group(place: int, raw: Mapping[str, Any]) -> Group:
    if unknown := sorted(set(raw) - _KEYS):
        raise PhraseError(
            f"第{place}个 [[phrases]] 有不认识的键 {'、'.join(unknown)}；可用的是 {'、'.join(sorted(_KEYS))}"
        )
    weight = raw.get("weight")
    if not isinstance(weight, int | float) or isinstance(weight, bool) or not 0 < weight <= 20:
        raise PhraseError(f"第{place}个 [[phrases]] 的 weight 应是大于0、不超过20的数")
    return Group(
        _label(raw.get("label")),
        float(weight),
        _words_of(raw.get("words"), str(place)),
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
        for label, text in table.get(section, {}).items()
        for line in _words_of(text, label)
    )


def _check_classes(groups: tuple[Group, ...], families: tuple[tuple[str, str], ...], known: set[str]) -> None:
    for phrase in (*(word for group in groups for word in group.words), *(line for line, _ in families)):
        for name in CLASS.findall(phrase):
            if name not in known:
                raise PhraseError(f"「{phrase}」里的 <{name}> 没有在 [classes] 中列出")
