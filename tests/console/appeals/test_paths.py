"""One case of each kind, led through its legal paths by people of the right roles on the real pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.appeals.acts.table import ACTS
from tests.console.appeals.hands import Desk, Hands
from tests.console.appeals.paths import PATHS
from tests.console.visitor import Console, Page

pytestmark = pytest.mark.usefixtures("monday")


@pytest.mark.parametrize("path", PATHS)
def test_a_case_of_each_kind_takes_its_legal_paths(console: Console, path: Callable[[Hands], None]) -> None:
    path(Desk(console))


@dataclass(frozen=True)
class Counting(Desk):
    """Notes which acts were done."""

    done: set[str] = field(default_factory=set)

    def does(self, who: str, number: str, act: str, *, status: int = 302, **fields: Any) -> Page:
        """As always."""
        self.done.add(act)
        return super().does(who, number, act, status=status, **fields)


def test_together_the_paths_press_every_button(console: Console) -> None:
    desk = Counting(console)
    for path in PATHS:
        path(desk)
    assert desk.done == set(ACTS)
