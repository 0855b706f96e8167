"""The product's code as data: its modules, what each imports when it runs, and its functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "handlers", "models")
Graph = dict[str, set[str]]
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One file of the product under the name by which it is imported."""

    name: str
    path: Path

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.path.read_text(encoding="utf-8"))

    @property
    def is_package(self) -> bool:
        """Whether it is the door of a folder."""
        return self.path.name == "__init__.py"

    @property
    def room(self) -> str:
        """The folder of `bot/` it stands in, or `handlers`, or `models`; for a module beside the rooms, itself."""
        return ".".join(self.name.split(".")[: 2 if self.name.startswith("bot.") else 1])

    @property
    def functions(self) -> list[Function]:
        """Every function in it, also those inside classes and functions."""
        return [node for node in ast.walk(self.tree) if isinstance(node, Function)]

    def __str__(self) -> str:
        return str(self.path.relative_to(ROOT))


def read_modules() -> dict[str, Module]:
    """Every module of the product by its name."""
    paths = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return {name: Module(name, path) for path in paths for name in [_name_of(path)]}


def _name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(modules: dict[str, Module]) -> Graph:
    """What each module imports of ours when it runs: at its head and inside functions, not for type checkers only."""
    return {name: set(_imported(module, modules)) - {name} for name, module in modules.items()}


def _imported(module: Module, modules: dict[str, Module]) -> Iterator[str]:
    for node in _running(module.tree):
        if isinstance(node, ast.Import):
            wanted = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            wanted = [f"{_base(module, node)}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (found for name in wanted if (found := _nearest(name, modules)))


def _running(tree: ast.AST) -> Iterator[ast.AST]:
    """All statements but those under `if TYPE_CHECKING:`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            yield from (part for other in node.orelse for part in (other, *_running(other)))
        else:
            yield node
            yield from _running(node)


def _base(module: Module, node: ast.ImportFrom) -> str:
    """The package that `from … import` names, also when it counts dots."""
    if not node.level:
        return node.module or ""
    folder = module.name.split(".") if module.is_package else module.name.split(".")[:-1]
    above = folder[: len(folder) - node.level + 1]
    return ".".join([*above, *([node.module] if node.module else [])])


def _nearest(name: str, modules: dict[str, Module]) -> str:
    """The module that holds a dotted name; empty if it is not ours."""
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name


def between_rooms(modules: dict[str, Module], graph: Graph) -> Graph:
    """The same arrows from room to room."""
    rooms: Graph = {module.room: set() for module in modules.values()}
    for name, wanted in graph.items():
        rooms[modules[name].room] |= {modules[other].room for other in wanted} - {modules[name].room}
    return rooms


def circle(graph: Graph) -> list[str]:
    """A way through the arrows that comes back to where it began; empty if there is none."""
    done: set[str] = set()
    for start in sorted(graph):
        if found := _way_back(graph, start, [], done):
            return found
    return []


def _way_back(graph: Graph, name: str, way: list[str], done: set[str]) -> list[str]:
    if name in way:
        return [*way[way.index(name) :], name]
    if name in done:
        return []
    for other in sorted(graph[name]):
        if found := _way_back(graph, other, [*way, name], done):
            return found
    done.add(name)
    return []
