"""Whatever is written into a case's history has a title there."""

from __future__ import annotations

import ast

from bot.appeals.acts.table import event_titles
from bot.console.pages.appeals.timeline import TITLES
from tests.rules.source import read_modules

WRITERS = {"record": 3, "move": 4}  # of bot/appeals/states.py: where each takes the event's name


def test_every_event_that_the_code_writes_has_a_title() -> None:
    written = set()
    for module in read_modules().values():
        if module.name.startswith("bot.appeals"):
            written |= {name for call in ast.walk(module.tree) for name in _named(call)}
    assert len(written) > 30, "else nothing was read"
    assert written - (TITLES | event_titles()).keys() == set()


def _named(call: ast.AST) -> list[str]:
    """The event that a call of `states.record` or `states.move` names."""
    match call:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="states"), attr=verb), args=args) if (
            verb in WRITERS
        ):
            names = args[WRITERS[verb] : WRITERS[verb] + 1]
            return [str(one.value) for one in names if isinstance(one, ast.Constant)]
    return []
