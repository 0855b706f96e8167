"""Vectors of the content's everyday questions as rows, and the vector of a question that a person asks."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from functools import lru_cache

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from bot.content.encoders import Encoder
from bot.content.records import PolicyDocument
from bot.core.db import reading, transaction
from bot.core.logs import get_logger
from bot.understanding.cleaning import clean
from models import meanings
from models.content import content_changed

log = get_logger(__name__)
AT_ONCE = 100  # vectors of one round: some three seconds of one core
LONGEST = 120  # characters of a question
REMEMBERED = 2000  # questions whose vectors are kept in memory: 3 MB


def texts_of(policy: PolicyDocument) -> Iterator[str]:
    """What is compared of a package: its names and the everyday questions."""
    yield from dict.fromkeys((policy.short_name, policy.title.strip("《》"), *policy.aliases, *policy.asks))


def keep_rows(db: Session, model: str, texts: Iterable[str]) -> int:
    """Make a row for every text that has none, and drop those of texts that are gone; a worker makes the vectors."""
    return meanings.keep_only(db, model, texts)


def make_vectors(engine: Engine, encoder: Encoder) -> int:
    """Make the vectors of some texts that wait for theirs; how many. Nothing is worked out inside a transaction."""
    with reading(engine) as db:
        waiting = {row.id: row.text for row in meanings.unmade(db, encoder.model, AT_ONCE)}
    if not waiting:
        return 0
    try:
        made = encoder.vectors(list(waiting.values()))
    except (OSError, ValueError, KeyError) as why:
        log.warning("meanings_not_made", reason=type(why).__name__)
        return 0
    with transaction(engine) as db:
        for row_id, vector in zip(waiting, made, strict=True):
            if (row := db.get(meanings.Meaning, row_id)) is not None:
                row.vector = vector
        content_changed(db)
    return len(waiting)


class Questions:
    """The vectors of what people ask, worked out before a turn begins and kept for who asks the same."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._loading = threading.Lock()
        self._kept = lru_cache(maxsize=REMEMBERED)(self._vector)

    def vector(self, text: str) -> bytes | None:
        """The vector of a question; None while the model loads (the words decide alone then) or when it fails."""
        if not self._encoder.is_loaded:
            if self._loading.acquire(blocking=False):
                threading.Thread(target=self._load, name="meaning", daemon=True).start()
            return None
        try:
            return self._kept(clean(text)[:LONGEST])
        except (OSError, ValueError, KeyError) as why:
            log.warning("question_without_meaning", reason=type(why).__name__)
            return None

    def _vector(self, text: str) -> bytes:
        return self._encoder.vectors([text])[0]

    def _load(self) -> None:
        try:
            self._encoder.vectors(["惠企政策"])
        except (OSError, ValueError) as why:  # stays without; the lock is kept, so nobody tries in vain again
            log.warning("meaning_not_loaded", reason=str(why))
