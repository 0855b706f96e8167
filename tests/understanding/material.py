"""Labelled utterances and documents that the tests share, and how an answer is judged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.understanding.index import Index, Named
from bot.understanding.labels import label
from bot.understanding.phrases import SPECIFIC
from bot.understanding.understand import understand

HERE = Path(__file__).parent
CONTENT = HERE.parents[1] / "content"
PHRASES = CONTENT / "phrases.toml"
EXAMPLES, DEVELOPMENT, HELD_OUT = "routing-examples.jsonl", "development.jsonl", "held-out.jsonl"


@dataclass(frozen=True)
class Utterance:
    """A message and the intents that are right for it, the best one first."""

    id: str
    text: str
    right: tuple[str, ...]
    context: str | None
    tags: tuple[str, ...] = ()

    @property
    def names_a_document(self) -> bool:
        return self.right[0].startswith(SPECIFIC)


def utterances(name: str) -> list[Utterance]:
    """The rows of a .jsonl file beside this one. Nobody looks at the mistakes in HELD_OUT: it is only ever scored."""
    rows = [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]
    return [
        Utterance(r["id"], r["text"], (r["intent"], *r["accept"]), r["context"], tuple(r["tags"]))
        for r in rows
    ]


def documents() -> list[Named]:
    """The documents of domain §8.3 that have a short name, with names that people use."""
    rows = json.loads((HERE / "documents.json").read_text(encoding="utf-8"))
    return [Named(r["key"], tuple(r["names"]), tuple(r["doc_nos"])) for r in rows]


def answers(rows: list[Utterance], index: Index, categories: Mapping[str, str] | None = None) -> list[str]:
    """The label that each row gets."""
    return [label(understand(row.text, index, row.context).intent, categories or {}) for row in rows]


def right_share(rows: list[Utterance], index: Index, categories: Mapping[str, str] | None = None) -> float:
    """The share of rows whose label is one of the right ones (1.0 for no rows)."""
    said = answers(rows, index, categories)
    return sum(a in row.right for row, a in zip(rows, said, strict=True)) / len(rows) if rows else 1.0


def wrong(rows: list[Utterance], index: Index, categories: Mapping[str, str] | None = None) -> list[str]:
    """The rows that are understood wrongly, as lines that a person can work from."""
    said = answers(rows, index, categories)
    return [
        f"{r.id} {r.text} {r.right[0]} -> {a}" for r, a in zip(rows, said, strict=True) if a not in r.right
    ]
