"""Labelled utterances and documents that the tests share, and how an answer is judged."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from bot.understanding.index import Index, Named
from bot.understanding.understand import understand

HERE = Path(__file__).parent
CONTENT = HERE.parents[1] / "content"
PHRASES = CONTENT / "phrases.toml"


@dataclass(frozen=True)
class Utterance:
    """A message and the intents that are right for it, the best one first."""

    id: str
    text: str
    right: tuple[str, ...]
    context: str | None


def utterances(name: str) -> list[Utterance]:
    """The rows of a .jsonl file beside this one."""
    rows = [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]
    return [Utterance(r["id"], r["text"], (r["intent"], *r["accept"]), r["context"]) for r in rows]


def is_held_out(utterance: Utterance) -> bool:
    """Half of the rows, fixed by their ids for ever: nobody looks at their mistakes while working on phrases."""
    return hashlib.sha256(utterance.id.encode()).digest()[-1] % 2 == 1


def documents() -> list[Named]:
    """The documents of domain §8.3 that have a short name, with names that people use."""
    rows = json.loads((HERE / "documents.json").read_text(encoding="utf-8"))
    return [Named(r["key"], tuple(r["names"]), tuple(r["doc_nos"])) for r in rows]


def wrong(rows: list[Utterance], index: Index) -> list[str]:
    """The rows that are understood wrongly, as lines that a person can work from."""
    answers = [(row, understand(row.text, index, row.context).intent) for row in rows]
    return [f"{row.id} {row.text} {row.right[0]} -> {said}" for row, said in answers if said not in row.right]
