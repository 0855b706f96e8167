"""The simulator checks the product, so it may not be built from it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import bot.simulator

MODULES = sorted(Path(bot.simulator.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_only_the_clock_is_shared_with_the_product(module: Path) -> None:
    imported = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            imported |= {f"{node.module}.{one.name}" for one in node.names}
        elif isinstance(node, ast.Import):
            imported |= {one.name for one in node.names}
    ours = {name for name in imported if name.split(".")[0] in ("bot", "models", "handlers", "wechatpy")}
    assert {name for name in ours if not name.startswith("bot.simulator")} <= {"bot.core.clock"}
