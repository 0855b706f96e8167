"""What the examples teach takes a second to work out, and every process needs it at its start: it is stored in a file.

The file is named after everything that it depends on, the phrases and the code that learns, so after a change of
either it is learnt anew. A file that cannot be read or written costs that second and nothing else. Nothing is written
into another user's folder: a file that root made there would keep the service from writing its own.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import sys
from collections.abc import Callable
from dataclasses import fields
from functools import lru_cache
from pathlib import Path

from bot.core.logs import get_logger
from bot.understanding.index import Taught, classes_of, learn
from bot.understanding.nearest import Nearest
from bot.understanding.phrases import Phrases

log = get_logger(__name__)
_NAME = "learnt-{}.bin"
_CHECK = 32  # bytes of a SHA-256 before the rest


def kept_in(folder: Path) -> Callable[[Phrases], Taught]:
    """`learn` with its result stored in `folder`, once for all processes of a machine."""

    @lru_cache(maxsize=2)
    def teach(phrases: Phrases) -> Taught:
        file = folder / _NAME.format(_stamp(phrases))
        nearest = _read_file(file)
        if nearest is not None:
            return nearest, classes_of(phrases)
        taught = learn(phrases)
        _write_file(file, taught[0])
        return taught

    return teach


def _read_file(file: Path) -> Nearest | None:
    try:
        found = file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        log.warning("learnt_unreadable", error=type(error).__name__)
        return None
    body = found[_CHECK:]
    if hashlib.sha256(body).digest() != found[:_CHECK]:
        log.warning("learnt_damaged")
        return None
    return _unpacked(body)


@lru_cache(maxsize=2)
def _unpacked(body: bytes) -> Nearest:
    """One object for one content, so that an index built upon it serves every service of the process."""
    return Nearest.unpacked(body)


def _write_file(file: Path, nearest: Nearest) -> None:
    """Another process may do the same at this moment: each writes its own and puts it in place whole."""
    home = next(each for each in (file.parent, *file.parent.parents) if each.exists())
    if home.stat().st_uid != os.geteuid():
        return
    body = nearest.packed()
    draft = file.with_suffix(f".{secrets.token_hex(4)}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft.write_bytes(hashlib.sha256(body).digest() + body)
        os.replace(draft, file)
        for old in file.parent.glob(_NAME.format("*")):
            if old != file:
                old.unlink(missing_ok=True)
    except OSError as error:
        log.warning("learnt_not_kept", error=type(error).__name__)
        if draft.exists():
            draft.unlink()


@lru_cache(maxsize=2)
def _stamp(phrases: Phrases) -> str:
    """A name for the phrases, the code of this package, and how this machine writes numbers."""
    values = [getattr(phrases, each.name) for each in fields(phrases)]
    ordered = [sorted(value) if isinstance(value, frozenset) else value for value in values]
    seen = hashlib.sha256(repr((sys.byteorder, ordered)).encode())
    for code in sorted(Path(__file__).parent.glob("*.py")):
        seen.update(code.read_bytes())
    return seen.hexdigest()[:32]
