"""How much is understood: floors for labelled sets, on the fixed documents and on the shipped ones."""

from __future__ import annotations

import pytest

from bot.content_files import load
from bot.library import named
from bot.understanding.index import Index, build_index
from bot.understanding.phrases import Phrases
from tests.understanding.material import CONTENT, Utterance, is_held_out, utterances, wrong

OWN = utterances("own.jsonl")


@pytest.fixture(scope="module")
def shipped(phrases: Phrases) -> Index:
    return build_index([named(p) for p in load(CONTENT).policies], phrases)


SETS = [
    pytest.param(utterances("routing-examples.jsonl"), 0.97, id="routing examples"),
    pytest.param([row for row in OWN if not is_held_out(row)], 0.97, id="own, worked on"),
    pytest.param([row for row in OWN if is_held_out(row)], 0.95, id="own, held out"),
]


@pytest.mark.parametrize(("rows", "floor"), SETS)
def test_labelled_messages_are_understood(rows: list[Utterance], floor: float, index: Index) -> None:
    mistakes = wrong(rows, index)
    assert 1 - len(mistakes) / len(rows) >= floor, "\n".join(mistakes)


@pytest.mark.parametrize(("rows", "floor"), SETS)
def test_the_shipped_documents_do_not_steal_messages(
    rows: list[Utterance], floor: float, shipped: Index
) -> None:
    mistakes = wrong(rows, shipped)
    assert 1 - len(mistakes) / len(rows) >= floor - 0.01, "\n".join(mistakes)


def test_the_own_set_is_broad() -> None:
    assert len(OWN) >= 300
    assert len({row.id for row in OWN}) == len({row.text for row in OWN}) == len(OWN)
    assert 0.4 < sum(map(is_held_out, OWN)) / len(OWN) < 0.6
