"""What the command line adds to a refusal: how the acts that its text names are called here."""

from __future__ import annotations

from typing import Protocol


class Said(Protocol):
    """A text for staff and the keys of the acts that it names: `core.refusals.Refusal` or `Advice`."""

    @property
    def acts(self) -> tuple[str, ...]: ...


CALLED = {
    "arrived": "--arrived",
    "author": "--author",
    "broadcast.cancel": "tongxin broadcast cancel",
    "broadcast.new": "tongxin broadcast new",
    "broadcast.pause": "tongxin broadcast pause",
    "broadcast.reject": "tongxin broadcast reject",
    "broadcast.resend": "tongxin broadcast resend",
    "broadcast.resume": "tongxin broadcast resume",
    "broadcast.revise": "tongxin broadcast revise",
    "broadcast.schedule": "tongxin broadcast schedule",
    "broadcast.submit": "tongxin broadcast submit",
    "broadcast.take_back": "tongxin broadcast take-back",
    "broadcast.unknown": "tongxin broadcast unknown",
    "broadcast.settle": "tongxin broadcast settle",
    "channels": "--ways",
    "followers.status": "tongxin followers status",
    "followers.sync": "tongxin followers sync",
    "followers.trust": "tongxin followers sync --trust",
    "config": "--config",
    "init": "tongxin init",
    "migrate": "tongxin migrate",
    "phrase.list": "tongxin phrase list",
    "phrase.remove": "tongxin phrase remove",
    "port": "--port",
    "processes": "--processes",
    "privacy.erase": "tongxin privacy erase",
    "reason": "--reason",
    "restore": "tongxin restore",
    "segment.count": "tongxin segment count",
    "segment.list": "tongxin segment list",
    "staff.add": "tongxin staff add",
    "staff.list": "tongxin staff list",
    "staff.openid": "tongxin staff openid",
    "study.list": "tongxin study list",
    "urgent": "--urgent",
}


def with_next_acts(said: Said) -> str:
    """The text, and in brackets the verbs and options that its acts are called by."""
    called = "、".join(CALLED[act] for act in said.acts)
    return f"{said}（{called}）" if called else str(said)
