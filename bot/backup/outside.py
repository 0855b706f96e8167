"""What lies in the storage folder and is no attachment: caches, and what has to outlive a restore."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.core.storage import ERASURES

LAST_GOOD = "last-backup.json"
CACHE = "learnt-"


def is_attachment(path: Path, root: Path) -> bool:
    """Whether a file of the storage folder belongs into a backup."""
    name = path.relative_to(root).as_posix()
    return not (name.startswith((CACHE, ".")) or name in (ERASURES, LAST_GOOD) or name.endswith(".part"))


@dataclass(frozen=True)
class LastGood:
    """The newest backup that was read back and found whole."""

    at: datetime
    file: str


def remember(root: Path, at: datetime, file: Path) -> None:
    """Write down that a backup is whole."""
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = root / LAST_GOOD
    draft = target.with_name(f".{LAST_GOOD}.{os.getpid()}")
    draft.write_text(json.dumps({"at": at.isoformat(), "file": str(file)}, ensure_ascii=False))
    draft.replace(target)


def last_good(root: Path) -> LastGood | None:
    """The newest good backup, None when there has been none."""
    try:
        said = json.loads((root / LAST_GOOD).read_text())
    except FileNotFoundError:
        return None
    return LastGood(datetime.fromisoformat(said["at"]), said["file"])
