"""What is found by looking: the modules of one name in every room, so that a room is added or deleted by itself."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

ROOMS = Path(__file__).parent


def modules_called(name: str) -> Iterator[ModuleType]:
    """The module of this name of each room that has one, in the order of the rooms."""
    for file in sorted([*ROOMS.glob(f"*/{name}.py"), *ROOMS.glob(f"{name}_*.py")]):
        yield import_module("bot." + ".".join(file.relative_to(ROOMS).with_suffix("").parts))
