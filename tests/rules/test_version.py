"""The version is said alike everywhere."""

from __future__ import annotations

import re
import tomllib

from click.testing import CliRunner

from bot.commands.cli import main
from tests.rules.source import ROOT

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def test_the_command_line_says_the_version_in_chinese() -> None:
    said = CliRunner().invoke(main, ["--version"])
    assert said.exit_code == 0
    assert said.output == f"tongxin 版本 {VERSION}\n"


def test_the_changelog_begins_with_the_version() -> None:
    released = re.findall(
        r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text(), re.M
    )
    assert released[0] == VERSION
    assert released == sorted(released, key=lambda one: tuple(map(int, one.split("."))), reverse=True)
