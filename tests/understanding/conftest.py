"""The shipped phrases over a fixed set of documents, built once for all tests of the understanding."""

from __future__ import annotations

import pytest

from bot.understanding.index import Index, build_index
from bot.understanding.phrases import Phrases, load_phrases
from tests.understanding.material import PHRASES, documents


@pytest.fixture(scope="session")
def phrases() -> Phrases:
    return load_phrases(PHRASES)


@pytest.fixture(scope="session")
def index(phrases: Phrases) -> Index:
    return build_index(documents(), phrases)
