"""Words that staff teach: their form, what they may mean, and the verbs that write them.

A change bumps the content's version in the same transaction, so every process reads it within seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.content.records import PolicyDocument
from bot.core import audit, clock
from bot.core.actor import Actor
from bot.core.db import insert_once
from bot.core.refusals import Refusal
from bot.staff.rights import Right, require
from bot.understanding.labels import NAMES
from bot.understanding.matcher import keyed
from bot.understanding.phrases import INTENTS, SPECIFIC, Group, Phrases
from models.content import content_changed
from models.phrases import Phrase, find_phrase

LENGTH = (2, 64)  # characters
WEIGHTS = (1.0, 20.0)  # 2 a hint, 6 clear, 9 and more a command, as in content/phrases.toml
USUAL_WEIGHT = 6.0
NOTE_LENGTH = 200
EDITORS = Right.FOLLOWER_MANAGE  # who looks after the followers also looks after the words
_GAP = re.compile(r"…+|\.{3,}")
_FORBIDDEN = re.compile(r"[<>\x00-\x1f]")


class PhraseFault(Refusal):
    """Words that cannot be taught; the text says in Chinese what can."""


@dataclass(frozen=True)
class Meaning:
    """An intent, or a package by its slug."""

    label: str | None = None
    slug: str | None = None


@dataclass(frozen=True)
class Taught:
    """A phrase as the understanding takes it: its label (of a package `policy:specific:<short name>`) and weight."""

    phrase: str
    label: str
    weight: float


def canonical(phrase: str) -> str:
    """The form in which texts are matched; `…` joins parts that follow each other. Raises PhraseFault."""
    if _FORBIDDEN.search(phrase.strip()):
        raise PhraseFault("词语里不能有尖括号和换行。")
    parts = [keyed(part) for part in _GAP.split(phrase)]
    if not all(parts):
        raise PhraseFault("「…」的前后都要有字，如「申请…公租房」。")
    joined = "…".join(parts)
    if not LENGTH[0] <= len(joined) <= LENGTH[1]:
        raise PhraseFault(f"词语应为 {LENGTH[0]} 到 {LENGTH[1]} 个字，写的是「{phrase.strip()[:20]}」。")
    return joined


def checked_weight(weight: float) -> float:
    """A weight that the understanding can use. Raises PhraseFault."""
    if not WEIGHTS[0] <= weight <= WEIGHTS[1]:
        raise PhraseFault(f"权重应为 {WEIGHTS[0]:g} 到 {WEIGHTS[1]:g}：2 提示，6 明确，9 以上相当于命令。")
    return weight


def checked_note(note: str) -> str:
    """A note that fits. Raises PhraseFault."""
    if len(note.strip()) > NOTE_LENGTH:
        raise PhraseFault(f"备注最多 {NOTE_LENGTH} 个字。")
    return note.strip()


def meaning_of(word: str, policies: Mapping[str, PolicyDocument]) -> Meaning:
    """What a colleague means by a word: an intent by its code or name (金融, 提诉求), a package by its short name,
    alias, title or slug. Raises PhraseFault."""
    word = word.strip().removeprefix(SPECIFIC)
    if word in _intents():
        return Meaning(label=_intents()[word])
    if word in policies:
        return Meaning(slug=word)
    named = [p.slug for p in policies.values() if keyed(word) in {keyed(name) for name in p.names}]
    if named:
        return Meaning(slug=named[0])
    known = "、".join(dict.fromkeys([*_intents()][len(INTENTS) :]))
    raise PhraseFault(f"没有「{word[:30]}」这个含义。可用的是 {known}，或一份政策的简称、别名。")


def _intents() -> dict[str, str]:
    codes = {code: code for code in INTENTS}
    columns = {code.removeprefix("policy:"): code for code in INTENTS if code.startswith("policy:")}
    return {**codes, **columns, **{name: code for code, name in NAMES.items()}, "闲聊": "offtopic"}


def said(meaning: Meaning | Phrase, policies: Mapping[str, PolicyDocument]) -> str:
    """A meaning in words for staff."""
    if meaning.slug is None:
        return NAMES.get(meaning.label or "", "闲聊")
    policy = policies.get(meaning.slug)
    return f"《{policy.short_name}》" if policy else f"已删除的政策 {meaning.slug}"


def taught(rows: Iterable[Phrase], policies: Mapping[str, PolicyDocument]) -> list[Taught]:
    """The phrases that mean something today; those of a removed package wait for it to come back."""
    found = []
    for row in rows:
        policy = policies.get(row.slug) if row.slug else None
        label = f"{SPECIFIC}{policy.short_name}" if policy else row.label
        if label is not None:
            found.append(Taught(row.phrase, label, row.weight))
    return found


def merged(phrases: Phrases, words: Sequence[Taught]) -> Phrases:
    """The shipped phrases with those of staff. What staff say of a word replaces what the file says of it, and a
    message that is nothing but the phrase is certain."""
    if not words:
        return phrases
    label_of = {word.phrase: word.label for word in words}
    groups = [
        replace(group, words=tuple(w for w in group.words if not _replaced(w, group.label, label_of)))
        for group in phrases.groups
    ]
    by_meaning: dict[tuple[str, float], list[str]] = {}
    for word in words:
        by_meaning.setdefault((word.label, word.weight), []).append(word.phrase)
    groups += [Group(label, weight, tuple(found)) for (label, weight), found in by_meaning.items()]
    exact = [(word, label) for word, label in phrases.exact if word not in label_of]
    exact += [(word.phrase, word.label) for word in words if "…" not in word.phrase]
    return replace(phrases, groups=tuple(groups), exact=tuple(exact))


def _replaced(word: str, label: str, label_of: Mapping[str, str]) -> bool:
    is_intent = label in INTENTS or label.startswith(SPECIFIC)
    return is_intent and label_of.get(word, label) != label


def add(actor: Actor, phrase: str, meaning: Meaning, *, weight: float = USUAL_WEIGHT, note: str = "") -> bool:
    """Teach a phrase; False when it was taught before, then its weight and note are set anew. Raises PhraseFault
    when it means something else already, and Denied."""
    require(actor.by, EDITORS)
    words = canonical(phrase)
    note = checked_note(note)
    values = {"label": meaning.label, "slug": meaning.slug, "weight": checked_weight(weight), "note": note}
    by_id = actor.by.id if actor.by else None
    made = insert_once(actor.db, Phrase, phrase=words, **values, staff_id=by_id, created_at=clock.now())
    if made is None:
        row = find_phrase(actor.db, words)
        if row is None or (row.label, row.slug) != (meaning.label, meaning.slug):
            raise PhraseFault(f"「{words}」已经有别的含义。请先删除它，再添加。", "phrase.remove")
        row.weight, row.note = weight, note or row.note
        made_id, action = row.id, "phrase.change"
    else:
        made_id, action = made, "phrase.add"
    audit.record(
        actor.db, actor.by, action, "phrase", made_id, means=meaning.label or meaning.slug, weight=weight
    )
    content_changed(actor.db)
    return made is not None


def remove(actor: Actor, phrase: str) -> None:
    """Forget a phrase. Raises PhraseFault when it was never taught, and Denied."""
    require(actor.by, EDITORS)
    words = canonical(phrase)
    row = find_phrase(actor.db, words)
    if row is None:
        raise PhraseFault(f"没有添加过「{words}」。请查看添加过的词语，再核对。", "phrase.list")
    audit.record(actor.db, actor.by, "phrase.remove", "phrase", row.id, means=row.label or row.slug)
    actor.db.delete(row)
    content_changed(actor.db)
