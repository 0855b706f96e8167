"""The gate of /cgi-bin/…: method, token, rights, body, in WeChat's order (platform §0, §15.6-8)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from flask import Response

from bot.simulator.errors import CallRefused
from bot.simulator.interfaces.rights import Right, is_allowed

if TYPE_CHECKING:
    from werkzeug.datastructures import FileStorage

    from bot.simulator.state import State
    from bot.simulator.wire import Requested
    from bot.simulator.world import World

Answer = dict[str, Any] | Response
ESCAPED = re.compile(rb"(?<!\\)(?:\\\\)*\\u[0-9a-fA-F]{4}")


class Call:
    """One API call: where it happens and what it says."""

    def __init__(self, world: World, request: Requested) -> None:
        self.world = world
        self.request = request

    @property
    def state(self) -> State:
        return self.world.state

    @property
    def args(self) -> Mapping[str, str]:
        return self.request.args

    @cached_property
    def body(self) -> dict[str, Any]:
        """The JSON object of a POST. Raises 44002, 40033 or 47001."""
        return parse_body(self.request.body)

    def text(self, key: str) -> str:
        """A string of the body, "" when it is missing."""
        value = self.body.get(key)
        return value if isinstance(value, str) else ""

    def number(self, key: str, default: int) -> int:
        """An integer of the body. Raises 47001 for anything else."""
        value = self.body.get(key, default)
        try:
            return int(value)
        except (TypeError, ValueError) as error:
            raise CallRefused(47001) from error

    def file(self) -> FileStorage:
        """The multipart field `media`. Raises 41005."""
        upload = self.request.files.get("media")
        if upload is None:
            raise CallRefused(41005)
        return upload


@dataclass(frozen=True)
class Endpoint:
    """One interface and what a caller needs for it."""

    answer: Callable[[Call], Answer]
    method: str
    right: Right
    token: bool
    has_json: bool


ENDPOINTS: dict[str, Endpoint] = {}


def endpoint(
    path: str,
    method: str = "POST",
    *,
    right: Right = Right.EVERYBODY,
    token: bool = True,
    has_json: bool | None = None,
) -> Callable[[Callable[[Call], Answer]], Callable[[Call], Answer]]:
    """Register a function as /cgi-bin/`path`; `method` GET, POST or ANY. POST means a JSON body unless said."""

    def register(answer: Callable[[Call], Answer]) -> Callable[[Call], Answer]:
        takes_json = method == "POST" if has_json is None else has_json
        ENDPOINTS[path] = Endpoint(answer, method, right, token, takes_json)
        return answer

    return register


def parse_body(raw: bytes) -> dict[str, Any]:
    """A JSON object in raw UTF-8; escapes of the form \\uXXXX are refused as WeChat does."""
    if not raw.strip():
        raise CallRefused(44002)
    if ESCAPED.search(raw):
        raise CallRefused(40033)
    try:
        body = json.loads(raw.decode())
    except ValueError as error:
        raise CallRefused(47001) from error
    if not isinstance(body, dict):
        raise CallRefused(47001)
    return body


def find(path: str) -> Endpoint:
    """The interface behind /cgi-bin/`path`. Raises 40066."""
    found = ENDPOINTS.get(path)
    if found is None:
        raise CallRefused(40066)
    return found


def check_method(target: Endpoint, method: str) -> None:
    """Raises 43001 or 43002."""
    if target.method != "ANY" and target.method != method:
        raise CallRefused(43001 if target.method == "GET" else 43002)


def check_right(target: Endpoint, state: State) -> None:
    """Raises 48001."""
    if not is_allowed(target.right, state.account_kind, verified=state.verified):
        raise CallRefused(48001)
