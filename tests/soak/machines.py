"""A second machine on this one: a network namespace with its own address, joined by a virtual cable."""

from __future__ import annotations

import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Machine:
    """The addresses of both ends of the cable, and the command that runs something on the far side."""

    here: str
    there: str
    prefix: tuple[str, ...]


class Impossible(Exception):
    """Namespaces need root rights and the `ip` command."""


@contextmanager
def another() -> Iterator[Machine]:
    """A second machine; raises Impossible where there can be none."""
    if shutil.which("ip") is None:
        raise Impossible("没有 ip 命令（apt install iproute2）")
    name = f"soak{secrets.token_hex(3)}"
    net = f"10.{secrets.randbelow(100) + 100}.{secrets.randbelow(250)}"
    here, there, near, far = f"{net}.1", f"{net}.2", f"{name}a", f"{name}b"
    inside = ("ip", "netns", "exec", name)
    try:
        _run("ip", "netns", "add", name)
        try:
            _run("ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", name)
            _run("ip", "addr", "add", f"{here}/30", "dev", near)
            _run("ip", "link", "set", near, "up")
            for device, address in (("lo", None), (far, f"{there}/30")):
                if address:
                    _run(*inside, "ip", "addr", "add", address, "dev", device)
                _run(*inside, "ip", "link", "set", device, "up")
            yield Machine(here, there, inside)
        finally:
            subprocess.run(
                ["ip", "netns", "del", name], check=False, capture_output=True
            )  # the cable goes too
    except _Refused as error:
        raise Impossible(str(error)) from error


class _Refused(Exception):
    pass


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise _Refused(f"{' '.join(command)}: {done.stderr.strip()}")
