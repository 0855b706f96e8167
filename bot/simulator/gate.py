"""One API call from the first byte to the last: faults, checks, the interface itself, statistics."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING

from flask import Response

from bot.simulator import wire
from bot.simulator.api import Answer, Call, check_method, check_right, find
from bot.simulator.errors import CallRefused, refusal
from bot.simulator.interfaces import quota, tokens

if TYPE_CHECKING:
    from bot.simulator.world import World

BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
PREFIX = "/cgi-bin/"
DONE = b'{"errcode": 0, "errmsg": "ok"}'

log = logging.getLogger(__name__)


def handle(world: World, request: wire.Requested) -> bytes | None:
    """The answer to a call under /cgi-bin/, with the faults that are on; None: the connection breaks."""
    world.base_url = f"http://{request.host}/"  # links in articles lead to where the caller came from
    path, faults = request.path, world.faults
    if slow := faults.strike("latency", path):
        time.sleep(slow.seconds)
    if faults.strike("hang_before", path):
        return None
    if faults.strike("html502", path):
        with world.lock:
            _count_call(world, request, 502)
        return wire.answer(Response(BAD_GATEWAY, 502, mimetype="text/html"))
    try:
        answer = _answer_with_faults(world, request)
    except Exception:  # a mistake of ours, which a caller sees as one of WeChat's
        log.exception("an interface of the simulator failed")
        answer = wire.answer(Response(status=500))
    world.changed()
    return None if faults.strike("hang_after", path) else answer


def _answer_with_faults(world: World, request: wire.Requested) -> bytes:
    wrong = world.faults.strike("errcode", request.path)
    stolen = world.faults.strike("token", request.path)
    with world.lock:
        try:
            if stolen:
                tokens.steal(world)
            if wrong:
                raise CallRefused(wrong.errcode)
            answer = _checked_answer(world, request)
        except CallRefused as error:
            _count_call(world, request, error.errcode)
            return _json_answer(refusal(error))
        _count_call(world, request, 0)
    if isinstance(answer, Response):
        return wire.answer(answer)
    return _json_answer(answer) if answer else wire.json_answer(DONE)


def _checked_answer(world: World, request: wire.Requested) -> Answer:
    name = request.path.removeprefix(PREFIX)
    target = find(name)
    check_method(target, request.method)
    if target.token:
        tokens.check(world, request.args.get("access_token", ""))
    check_right(target, world.state)
    call = Call(world, request)
    if target.has_json:
        _ = call.body  # a broken body is refused before it costs quota
    quota.spend(world, request.path)
    return target.answer(call)


def _json_answer(body: dict[str, object]) -> bytes:
    return wire.json_answer(json.dumps(body, ensure_ascii=False).encode(errors="replace"))


def _count_call(world: World, request: wire.Requested, errcode: int) -> None:
    counters, path, caller = world.state.counters, request.path, request.caller
    counters.calls[path] = counters.calls.get(path, 0) + 1
    counters.callers[caller] = counters.callers.get(caller, 0) + 1
    if errcode:
        key = str(errcode)
        counters.errors[key] = counters.errors.get(key, 0) + 1
