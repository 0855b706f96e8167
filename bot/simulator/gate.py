"""One API call from the first byte to the last: faults, checks, the interface itself, statistics."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from flask import Request, Response

from bot.simulator import quota, tokens
from bot.simulator.api import Answer, Call, check_method, check_right, find
from bot.simulator.errors import ApiError, refusal
from bot.simulator.server import drop_connection

if TYPE_CHECKING:
    from bot.simulator.world import World

BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


def handle(world: World, request: Request, path: str) -> Response:
    """Answer /cgi-bin/`path`, with the faults that are switched on."""
    full = f"/cgi-bin/{path}"
    if slow := world.faults.strike("latency", full):
        time.sleep(slow.seconds)
    if world.faults.strike("hang_before", full):
        return drop_connection()
    if world.faults.strike("html502", full):
        _count(world, full, 502)
        return Response(BAD_GATEWAY, 502, mimetype="text/html")
    response = _answer(world, request, path)
    world.changed()
    if world.faults.strike("hang_after", full):
        return drop_connection()
    return response


def _answer(world: World, request: Request, path: str) -> Response:
    full = f"/cgi-bin/{path}"
    try:
        if wrong := world.faults.strike("errcode", full):
            raise ApiError(wrong.errcode)
        with world.lock:
            answer = _perform(world, request, path)
    except ApiError as error:
        _count(world, full, error.errcode)
        return _json(refusal(error))
    _count(world, full, 0)
    if isinstance(answer, Response):
        return answer
    return _json(answer or {"errcode": 0, "errmsg": "ok"})


def _perform(world: World, request: Request, path: str) -> Answer:
    target = find(path)
    check_method(target, request.method)
    if target.token:
        tokens.check(world, request.args.get("access_token", ""))
    check_right(target, world.state)
    call = Call(world, request)
    if target.has_json:
        _ = call.body  # a broken body is refused before it costs quota
    quota.spend(world, f"/cgi-bin/{path}")
    return target.answer(call)


def _json(body: dict[str, object]) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), mimetype="application/json")


def _count(world: World, path: str, errcode: int) -> None:
    with world.lock:
        counters = world.state.counters
        counters.calls[path] = counters.calls.get(path, 0) + 1
        if errcode:
            key = str(errcode)
            counters.errors[key] = counters.errors.get(key, 0) + 1
