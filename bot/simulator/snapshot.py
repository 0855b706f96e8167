"""WeChat's memory over restarts: one JSON file, written whole or not at all."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter

from bot.simulator.state import State


@cache
def _adapter() -> TypeAdapter[State]:
    # Bytes of pictures travel as base64; pydantic's default, utf-8, refuses them.
    config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
    State.__pydantic_config__ = config  # type: ignore[attr-defined]
    return TypeAdapter(State)


def load(path: Path) -> State | None:
    """What `save` wrote, or None when there is no file. Raises ValueError when it is not ours."""
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    return _adapter().validate_json(text)


def dump(state: State) -> bytes:
    """The whole state as JSON; call it under the world's lock."""
    return _adapter().dump_json(state)


def save(path: Path, content: bytes) -> None:
    """Replace the file in one step: a crash leaves the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(path)
