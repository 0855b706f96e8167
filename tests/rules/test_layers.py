"""The house keeps its plan: rooms with plain doors, and arrows that never come back to where they began."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from tests.rules.source import ROOT, Graph, Module, between_rooms, circle, imports, read_modules

MODULES = read_modules()
BESIDE_THE_ROOMS = {"__init__.py", "__main__.py", "app.py", "wsgi.py"}
FULL_DOORS = {
    "bot.simulator",  # is used like a foreign product: by its two names
    "bot.outgoing.payloads",  # the table of forms is what the folder is
    "models",  # finds its tables by looking, so that the metadata is whole
}
FEATURE_ARROWS = {  # an eleventh has to be argued for in the commit that draws it (docs/decisions)
    "outgoing": {"followers", "study"},
    "appeals": {"outgoing"},
    "policies": {"followers", "outgoing"},
    "statistics": {"appeals"},
    "ledgers": {"appeals", "statistics"},
    "privacy": {"appeals", "followers"},
    "followers": set(),
    "study": set(),
}


@cache
def arrows() -> Graph:
    """What each module imports."""
    return imports(MODULES)


def test_nothing_stands_beside_the_rooms() -> None:
    assert {path.name for path in (ROOT / "bot").glob("*.py")} == BESIDE_THE_ROOMS


def test_every_folder_with_code_has_a_door() -> None:
    folders = {module.path.parent for module in MODULES.values()}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_a_door_says_what_the_folder_is_for_and_hands_nothing_on() -> None:
    doors = [module for module in MODULES.values() if module.is_package]
    assert [str(door) for door in doors if not ast.get_docstring(door.tree)] == []
    full = {door.name for door in doors if len(door.tree.body) > 1}
    assert full == FULL_DOORS


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circle(arrows()) == []


def test_no_rooms_import_each_other_in_a_circle() -> None:
    assert circle(between_rooms(MODULES, arrows())) == []


def test_ten_arrows_lead_from_feature_to_feature() -> None:
    rooms = between_rooms(MODULES, arrows())
    features = {f"bot.{name}" for name in FEATURE_ARROWS}
    drawn = {
        name: {other.removeprefix("bot.") for other in rooms[f"bot.{name}"] & features}
        for name in FEATURE_ARROWS
    }
    assert drawn == FEATURE_ARROWS


def test_the_application_scans_the_handlers_and_nobody_imports_one() -> None:
    wanted = {(name, other) for name, others in arrows().items() for other in others if _is_handler(other)}
    assert {arrow for arrow in wanted if not _is_handler(arrow[0])} == {("bot.app", "handlers")}
    assert {other for name, other in wanted if _is_handler(name)} <= {"handlers"}


def _is_handler(name: str) -> bool:
    return name.split(".")[0] == "handlers"


def test_tables_know_nobody() -> None:
    assert between_rooms(MODULES, arrows())["models"] == set()


class TestReading:
    """The reader of imports sees what these rules speak of."""

    def arrows(self, folder: Path, **sources: str) -> dict[str, set[str]]:
        modules = {}
        for name, text in sources.items():
            path = folder / f"{name}.py"
            path.write_text(text)
            modules[name] = Module(name, path)
        return imports(modules)

    def test_an_import_inside_a_function_counts(self, tmp_path: Path) -> None:
        found = self.arrows(tmp_path, a="def f():\n    import b\n", b="from a import f\n")
        assert circle(found) == ["a", "b", "a"]

    def test_an_import_for_the_type_checker_does_not(self, tmp_path: Path) -> None:
        guarded = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import b\nelse:\n    import c\n"
        found = self.arrows(tmp_path, a=guarded, b="import a\n", c="")
        assert found == {"a": {"c"}, "b": {"a"}, "c": set()}
        assert circle(found) == []

    def test_a_circle_behind_a_detour_is_found(self) -> None:
        assert circle({"a": {"b"}, "b": {"c"}, "c": {"d", "b"}, "d": set()}) == ["b", "c", "b"]
