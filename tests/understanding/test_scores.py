"""How much is understood: floors for labelled sets, on the fixed documents and on the shipped ones."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bot.commands.route import categories
from bot.content.files import load
from bot.content.library import Library, assemble
from bot.understanding.index import Index
from bot.understanding.phrases import Phrases
from tests.understanding.material import (
    CONTENT,
    DEVELOPMENT,
    EXAMPLES,
    HELD_OUT,
    Utterance,
    answers,
    right_share,
    utterances,
    wrong,
)
from tests.understanding.report import false_triggers, lines

EXAMPLE_ROWS, WORKED_ON, HELD = utterances(EXAMPLES), utterances(DEVELOPMENT), utterances(HELD_OUT)


@pytest.fixture(scope="module")
def shipped(phrases: Phrases) -> Library:
    return assemble(0, load(CONTENT).policies, {}, phrases)


@dataclass(frozen=True)
class Floor:
    """The least share of a set that has to be right."""

    rows: list[Utterance]
    share: float
    shown: bool = True


FLOORS = [
    pytest.param(Floor(EXAMPLE_ROWS, 0.98), id="shared examples"),
    pytest.param(Floor(WORKED_ON, 0.975), id="worked on"),
    pytest.param(Floor(HELD, 0.96, shown=False), id="held out"),
    pytest.param(Floor([r for r in HELD if r.names_a_document], 0.97, shown=False), id="held out, documents"),
    pytest.param(
        Floor([r for r in HELD if "traditional" in r.tags], 0.95, shown=False), id="held out, traditional"
    ),
    pytest.param(
        Floor([r for r in HELD if "pinyin" in r.tags], 0.8, shown=False), id="held out, typed pinyin"
    ),
]


@pytest.mark.parametrize("floor", FLOORS)
def test_labelled_messages_are_understood_on_the_shipped_documents(floor: Floor, shipped: Library) -> None:
    named = categories(shipped)
    share = right_share(floor.rows, shipped.index, named)
    assert share >= floor.share, "\n".join(wrong(floor.rows, shipped.index, named)) if floor.shown else share


@pytest.mark.parametrize("floor", FLOORS)
def test_labelled_messages_are_understood_with_few_documents(floor: Floor, index: Index) -> None:
    share = right_share(floor.rows, index)
    assert share >= floor.share - 0.01, "\n".join(wrong(floor.rows, index)) if floor.shown else share


def test_small_talk_seldom_triggers_business(shipped: Library) -> None:
    talk = [row for row in (*WORKED_ON, *HELD) if row.right[0] == "offtopic"]
    assert len(talk) >= 300
    false = false_triggers(talk, answers(talk, shipped.index, categories(shipped)))
    assert len(false) / len(talk) <= 0.02


def test_the_sets_are_broad_and_apart() -> None:
    assert len(WORKED_ON) + len(HELD) >= 600
    assert len(HELD) >= 300
    texts = [row.text for row in (*WORKED_ON, *HELD)]
    assert len(set(texts)) == len(texts)
    assert len({row.id for row in (*WORKED_ON, *HELD)}) == len(texts)


def test_the_report_shows_recall_confusion_and_false_triggers(index: Index) -> None:
    report = "\n".join(lines("样本", EXAMPLE_ROWS[:20], index, {}))
    assert all(part in report for part in ("样本：", "按标签", "policy:政策", "混淆", "闲聊误触发 0/0"))
