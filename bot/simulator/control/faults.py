"""Faults that can be switched on: slowness, dropped connections, wrong codes (platform §15.15)."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

KINDS = ("latency", "hang_before", "hang_after", "errcode", "html502", "token", "job")


@dataclass
class Fault:
    """One rule: what happens to calls whose path begins with `path`, how often still, how likely."""

    kind: str
    path: str = "/cgi-bin/"
    times: int | None = None  # None: until it is cleared
    probability: float = 1.0
    seconds: float = 0.0  # latency
    errcode: int = -1  # errcode
    status: str = ""  # job: what MASSSENDJOBFINISH, TEMPLATESENDJOBFINISH or publish_status says
    hits: int = 0

    @property
    def place(self) -> tuple[str, str, int]:
        """Rules of the same place replace each other; different errcodes on one path stand side by side."""
        return self.kind, self.path, self.errcode if self.kind == "errcode" else 0

    def fits(self, path: str) -> bool:
        return path.startswith(self.path) and (self.times is None or self.hits < self.times)


class Faults:
    """The rules that are on. Of several that fit a call the youngest is asked first."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []
        self._lock = threading.Lock()

    def strike(self, kind: str, path: str) -> Fault | None:
        """The rule of this kind that hits this call, counted as one hit, or None."""
        if not self._rules:
            return None
        with self._lock:
            for rule in reversed(self._rules):
                if rule.kind == kind and rule.fits(path) and random.random() < rule.probability:  # noqa: S311
                    rule.hits += 1
                    return rule
        return None

    def add(self, rules: Iterable[Fault]) -> None:
        """Switch rules on; one of the same kind, path and errcode takes the older one's place."""
        with self._lock:
            for rule in rules:
                self._rules = [old for old in self._rules if old.place != rule.place]
                if rule.times is None or rule.times > 0:
                    self._rules.append(rule)

    def clear(self, kind: str = "") -> None:
        """Switch off the rules of one kind, or all."""
        with self._lock:
            self._rules = [rule for rule in self._rules if kind and rule.kind != kind]

    def listed(self) -> list[dict[str, Any]]:
        """Every rule with its hits and how many times it has left."""
        with self._lock:
            return [
                {**asdict(rule), "left": None if rule.times is None else max(rule.times - rule.hits, 0)}
                for rule in self._rules
            ]


def read(body: object) -> list[Fault]:
    """Rules from a control call: one, a list, or {"latency": 2, "path": …}. Raises ValueError with the cause."""
    if isinstance(body, list):
        return [fault for one in body for fault in read(one)]
    if not isinstance(body, dict):
        raise ValueError('一条故障是一个 JSON 对象，如 {"kind":"latency","seconds":2}')
    if "faults" in body:
        return read(body["faults"])
    shared = {key: body[key] for key in ("path", "times", "probability", "seconds", "status") if key in body}
    if kind := body.get("kind") or body.get("type"):
        return [_rule(str(kind), {**shared, "errcode": body.get("errcode", -1)})]
    found = [
        _shorthand(kind, body[kind], shared) for kind in KINDS if kind in body and body[kind] is not False
    ]
    if not found and not any(kind in body for kind in KINDS):
        raise ValueError(f"没有写故障种类；可用的是 {'、'.join(KINDS)}")
    return found


def _shorthand(kind: str, value: object, shared: dict[str, Any]) -> Fault:
    if isinstance(value, dict):
        return _rule(kind, {**shared, **value})
    own = {"latency": "seconds", "errcode": "errcode", "job": "status"}.get(kind)
    return _rule(kind, {**shared, own: value} if own and value is not True else shared)


def _rule(kind: str, fields: dict[str, Any]) -> Fault:
    if kind not in KINDS:
        raise ValueError(f"不认识的故障种类 {kind}；可用的是 {'、'.join(KINDS)}")
    path = str(fields.get("path") or "/cgi-bin/")
    times = fields.get("times")
    try:
        return Fault(
            kind,
            path if path.startswith("/") else f"/cgi-bin/{path}",
            None if times is None else int(times),
            float(fields.get("probability", 1.0)),
            float(fields.get("seconds", 1.0)),
            int(fields.get("errcode", -1)),
            str(fields.get("status", "")),
        )
    except (TypeError, ValueError) as error:
        raise ValueError("故障的 times、errcode 是整数，probability、seconds 是数字") from error
