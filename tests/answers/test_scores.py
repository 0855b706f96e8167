"""What people see first, over labelled sets of an author who had not seen how the account was taught. Floors; the held half
is only scored. `python -m tests.answers.report` prints all numbers, with --meaning those with vectors."""

from __future__ import annotations

import pytest

from tests.answers import scores
from tests.answers.scores import rows
from tests.support.place import Place
from tests.support.variants import ON_SQLITE

pytestmark = ON_SQLITE  # what a person reads; the statements: chat/test_dialogues.py


def says(place: Place) -> scores.Says:
    return lambda text: place.citizen().says(text)


@pytest.mark.parametrize(("name", "first", "three"), [("topical", 0.84, 0.88), ("hard", 0.2, 0.25)])
def test_the_right_package_comes_first(place: Place, name: str, first: float, three: float) -> None:
    replies = {row["text"]: says(place)(row["text"]) for row in rows(name)}
    assert scores.first_right(replies.__getitem__, rows(name)).share >= first
    assert scores.first_right(replies.__getitem__, rows(name), among=3).share >= three
    assert (
        scores.first_right(replies.__getitem__, rows("topical", "held") if name == "topical" else []).share
        >= 0.8
    )


def test_what_is_not_held_is_told_honestly(place: Place) -> None:
    assert scores.honest(says(place), rows("nothing")).share >= 0.78


def test_questions_after_a_package_are_answered_from_it(place: Place) -> None:
    assert scores.asked_on(place, rows("follow_ups")).share >= 0.84


def test_words_that_point_into_a_list(place: Place) -> None:
    assert scores.chosen(place, rows("ordinals")).share >= 0.9


def test_trouble_gets_the_rule_first_a_wish_the_form_and_a_question_an_answer(place: Place) -> None:
    assert scores.handled(says(place), rows("troubles")).share >= 0.74


def test_twelve_people_of_different_trades_talk(place: Place) -> None:
    turns = [turn for talk in rows("talks") for turn in scores.heard(place, talk)]
    assert scores.count(good for _, good in turns).share >= 0.74
