"""The webhook caller: five seconds, three deliveries of the same bytes, then the judgement (platform §3)."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests

from bot.simulator.errors import CallRefused
from bot.simulator.interfaces import media
from bot.simulator.pushes.envelope import Sealed, seal
from bot.simulator.pushes.judge import Asked, Fate, Verdict, judge

if TYPE_CHECKING:
    from bot.simulator.world import World

DELIVERIES = 3
PAUSE_AFTER = 3  # failed pushes in a row
PAUSE_SECONDS = 60
HEADERS = {"Content-Type": "text/xml", "User-Agent": "Mozilla/4.0", "Accept": "*/*", "Connection": "close"}


@dataclass(frozen=True)
class Delivered:
    """How a push went: the verdict on its answer, how many deliveries it took, milliseconds of wall time."""

    verdict: Verdict
    deliveries: int
    ms: int


@dataclass(frozen=True)
class Exchanged:
    """One HTTP exchange: a status and a body, or why there was none."""

    status: int
    body: bytes
    problem: str = ""


def deliver(world: World, fields: Mapping[str, Any]) -> Delivered:
    """Push one message or event to the webhook and judge what comes back. Never raises for a bad webhook."""
    began = time.monotonic()
    if world.pause_after_failures and world.now() < world.paused_until:
        paused = Verdict(Fate.FAILURE, reason="pushes are paused for a minute after repeated failures")
        return Delivered(paused, 0, 0)
    sealed = seal(world.crypto, world.settings.mode, fields, int(world.now()))
    verdict, deliveries = _deliver_up_to_thrice(world, fields, sealed)
    _count_failure(world, verdict)
    return Delivered(verdict, deliveries, round((time.monotonic() - began) * 1000))


def _deliver_up_to_thrice(world: World, fields: Mapping[str, Any], sealed: Sealed) -> tuple[Verdict, int]:
    problem = ""
    for attempt in range(1, DELIVERIES + 1):
        began = time.monotonic()
        answer = exchange(
            sealed.address(world.settings.webhook), sealed.body, world.settings.delivery_timeout
        )
        if answer.status == 200 and not answer.problem:
            return _judge_answer(world, fields, answer.body), attempt
        problem = answer.problem or f"HTTP {answer.status}"
        if attempt < DELIVERIES and time.monotonic() - began < world.settings.retry_pause:
            time.sleep(world.settings.retry_pause)
    return Verdict(Fate.FAILURE, reason=problem), DELIVERIES


def exchange(url: str, body: bytes, seconds: float, method: str = "POST") -> Exchanged:
    """One exchange on a connection of its own; one that takes longer than `seconds` in all counts as no answer.

    requests limits single waits only, so that a slow server could take for ever: the exchange runs in a
    thread, and WeChat stops listening when the time is over.
    """
    answers: queue.SimpleQueue[Exchanged] = queue.SimpleQueue()
    threading.Thread(target=lambda: answers.put(_exchange(method, url, body, seconds)), daemon=True).start()
    try:
        return answers.get(timeout=seconds)
    except queue.Empty:
        return Exchanged(0, b"", f"no answer within {seconds:g} s")


def _exchange(method: str, url: str, body: bytes, seconds: float) -> Exchanged:
    try:
        with requests.Session() as session:
            session.trust_env = False  # a proxy cannot reach a webhook on this machine
            answer = session.request(
                method, url, data=body, headers=HEADERS, timeout=seconds, allow_redirects=False
            )
            return Exchanged(answer.status_code, answer.content)
    except requests.RequestException as error:
        return Exchanged(0, b"", type(error).__name__)


def _judge_answer(world: World, fields: Mapping[str, Any], body: bytes) -> Verdict:
    asked = Asked(
        str(fields.get("FromUserName", "")),
        str(fields.get("ToUserName", "")),
        str(fields.get("MsgType", "")),
        str(fields.get("Event", "")),
    )
    return judge(
        asked, body, world.settings.mode, world.crypto, lambda media_id: _has_medium(world, media_id)
    )


def _has_medium(world: World, media_id: str) -> bool:
    with world.lock:
        try:
            media.usable(world, media_id, "image", "voice", "video", "thumb")
        except CallRefused:
            return False
        return True


def _count_failure(world: World, verdict: Verdict) -> None:
    with world.lock:
        world.failed_pushes = world.failed_pushes + 1 if verdict.fate is Fate.FAILURE else 0
        if world.failed_pushes >= PAUSE_AFTER:
            world.failed_pushes = 0
            world.paused_until = world.now() + PAUSE_SECONDS
