"""Every everyday question that stands in a package leads to that package, whatever else it sounds like."""

from __future__ import annotations

from bot.content.files import load
from bot.core.paths import CONTENT
from tests.answers.scores import shown
from tests.support.place import Place
from tests.support.variants import ON_SQLITE

pytestmark = ON_SQLITE  # what a person reads


def test_one_question_of_every_package_leads_to_it(place: Place) -> None:
    wrong = []
    for number, policy in enumerate(load(CONTENT).policies):
        ask = policy.asks[number % len(policy.asks)]
        if policy.short_name not in shown(place.citizen().says(ask))[:3]:
            reply = place.citizen().says(ask)
            if policy.short_name not in reply:
                wrong.append((ask, policy.short_name))
    assert len(wrong) <= 0, wrong


def test_a_side_of_nothing_is_asked_back(place: Place) -> None:
    assert "哪件事的材料" in place.citizen().says("要什么材料")
