"""Modules that are found by looking for one name in every room: to add or delete a room touches nothing else."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from bot.core.paths import ROOMS


def modules_called(name: str) -> list[ModuleType]:
    """The module of this name of each room that has one, in the order of the rooms."""
    files = sorted(ROOMS.glob(f"*/{name}.py"))
    return [import_module("bot." + ".".join(file.relative_to(ROOMS).with_suffix("").parts)) for file in files]
