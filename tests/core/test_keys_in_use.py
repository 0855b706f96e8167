"""A key that the example calls 预留 does nothing yet; every other one is read somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.core.settings import KEYS

pytestmark = pytest.mark.usefixtures("plain_environment")

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config.example.toml"
CODE = "\n".join(
    path.read_text(encoding="utf-8")
    for folder in ("bot", "handlers")
    for path in (ROOT / folder).rglob("*.py")
    if not path.name.startswith("settings")
)


def _remark(name: str, section: str) -> str:
    table = EXAMPLE.read_text(encoding="utf-8").partition(f"[{section}]")[2].partition("\n[")[0]
    lines = table.partition(f"\n{name} =")[0].splitlines()
    remark = []
    while lines and lines[-1].startswith("#"):
        remark.append(lines.pop())
    return "\n".join(remark)


FIXED = {("scheduler", "timezone")}  # may be named, not changed


@pytest.mark.parametrize(("section", "name"), sorted(KEYS.keys() - FIXED))
def test_what_a_remark_says_about_use_is_true(section: str, name: str) -> None:
    used = re.search(rf"\.{name}\b", CODE) is not None
    assert used != ("预留" in _remark(name, section))
