"""The list of erasures beside the pictures: after a restore they are done again, so that what a person wanted
forgotten does not come back from a backup. It names people by the keyed digest that their cases carry."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from bot.core.storage import ERASURES
from bot.runtime.services import Services


class Erased(StrEnum):
    """What was let go of."""

    PERSON = "person"  # what we hold of a follower
    CASES = "cases"  # the tie between a person and their cases


def note(services: Services, what: Erased, openid: str, moment: datetime) -> None:
    """Write an erasure down, through to the disk, before its transaction commits: one too many after a rollback is
    better than one too few."""
    path = services.storage.root / ERASURES
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # machines that share the folder write one after the other
        file.write(f"{moment.isoformat()} {what} {services.appellant(openid)}\n")
        file.flush()
        os.fsync(file.fileno())


def noted_since(root: Path, since: datetime) -> dict[Erased, set[str]]:
    """The digests of those who were erased since a moment. Raises FileNotFoundError when there is no list."""
    found: dict[Erased, set[str]] = {each: set() for each in Erased}
    for at, what, digest in _entries(root / ERASURES):
        if at >= since:
            found[Erased(what)].add(digest)
    return found


def _entries(path: Path) -> Iterator[tuple[datetime, str, str]]:
    """Whole lines only: a crash may have cut one short, and its erasure was then not committed."""
    for line in path.read_text(encoding="ascii").splitlines():
        words = line.split()
        if len(words) == 3 and len(words[2]) == 64:
            yield datetime.fromisoformat(words[0]), words[1], words[2]
