"""A new act is one file in bot/appeals/acts: the case's page offers it, its form opens, it is done, the history tells it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.appeals import acts
from bot.appeals.acts.table import ACTS, find_acts
from bot.appeals.reply_templates import PURPOSES
from models.appeals import AppealState
from tests.console.appeals.hands import Desk
from tests.console.visitor import Console

pytestmark = pytest.mark.usefixtures("monday")
ACT = """
from bot.appeals import states
from bot.appeals.actor import acting
from bot.appeals.acts.act import Act, ActForm, Tone
from bot.appeals.fields import area
from bot.staff.rights import Right
from models.appeals import AppealState


def praise(actor, case, words):
    with acting(actor, case, PRAISE):
        states.record(actor.db, case, actor.signature, "praised", case.state, words=words)


PRAISE = Act(
    name="praise",
    label="表扬单位",
    order=115,
    right=Right.APPEAL_ACCEPT,
    states=frozenset({AppealState.IN_PROGRESS}),
    form=ActForm(
        tone=Tone.INTERNAL, lead="办得好的，记一笔。", button="记下", done="已记下表扬。", fields=[area("words", "好在哪里")]
    ),
    run=lambda actor, case, given: praise(actor, case, given.text("words")),
    question="确定表扬吗？",
    events={"praised": "受到表扬"},
)
"""


@pytest.fixture
def praise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The throw-away act, in a file of its own."""
    (tmp_path / "praising.py").write_text(ACT, encoding="utf-8")
    monkeypatch.setattr(acts, "__path__", [*acts.__path__, str(tmp_path)])
    with monkeypatch.context() as found:
        for name, act in find_acts().items():
            found.setitem(ACTS, name, act)
        yield
    sys.modules.pop("bot.appeals.acts.praising", None)


@pytest.mark.usefixtures("praise")
def test_one_file_makes_an_act(console: Console) -> None:
    desk = Desk(console)
    number = console.office.led_to(AppealState.IN_PROGRESS)
    assert "praise" in desk.offered("clerk", number)
    assert "praise" not in desk.offered("unit", number)
    assert "好在哪里" in desk.opened("clerk", f"/console/appeals/{number}/do/praise").words
    page = desk.does("clerk", number, "praise", words="当天就上门了")
    assert "已记下表扬。" in page.flash
    assert "受到表扬" in page.words
    assert "当天就上门了" in page.words


def test_the_acts_stand_in_the_order_of_the_work() -> None:
    orders = [act.order for act in ACTS.values()]
    assert orders == sorted(orders)
    assert next(iter(ACTS)) == "accept"


def test_two_acts_of_one_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "accepting_twice.py").write_text(
        ACT.replace('name="praise"', 'name="accept"'), encoding="utf-8"
    )
    monkeypatch.setattr(acts, "__path__", [*acts.__path__, str(tmp_path)])
    with pytest.raises(ValueError, match="same name"):
        find_acts()
    sys.modules.pop("bot.appeals.acts.accepting_twice", None)


def test_templates_can_be_written_for_every_act_that_takes_them() -> None:
    assert {act.form.purpose for act in ACTS.values() if act.form.box} == set(PURPOSES)
