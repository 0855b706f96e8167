"""A server installs what it runs on, all of it and nothing else, each file checked by its hash."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.rules.source import read_modules

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
OURS = {"bot", "handlers", "models"}


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=~! ]", one)[0].lower().replace("_", "-") for one in requirements}


def imported() -> set[str]:
    """The top names of every module that the program imports."""
    found = set()
    for module in read_modules().values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Import):
                found |= {one.name.partition(".")[0] for one in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found - OURS - set(sys.stdlib_module_names)


def test_what_the_program_imports_is_declared() -> None:
    declared = names([*PROJECT["dependencies"], *EXTRAS["scale"], *EXTRAS["meaning"]])
    owners = packages_distributions()
    undeclared = {one for one in imported() if not names(owners.get(one, [one])) & declared}
    assert undeclared == set()


def test_the_lock_of_a_server_holds_that_and_no_tool_of_the_tests() -> None:
    locked = set(re.findall(r"^([\w.-]+)==", LOCK, re.MULTILINE))
    assert names([*PROJECT["dependencies"], *EXTRAS["scale"], *EXTRAS["build"]]) <= locked
    tools = names(EXTRAS["dev"]) - names(EXTRAS["build"])
    assert locked & tools == set()


def test_every_locked_file_has_its_hash_and_no_address() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        pinned = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
        assert [one.split()[0] for one in pinned if "--hash=sha256:" not in one] == []
        assert "://" not in text
        assert "index" not in re.sub(r"#.*", "", text)


def test_the_documents_of_a_server_install_it_and_name_systems_that_are_new_enough() -> None:
    for name in ("README.md", "docs/deploy.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "make production" in text
        assert "Ubuntu 24.04" in text  # 22.04 has Python 3.10
    assert re.search(r"^run: production$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
