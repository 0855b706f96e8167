"""The list of contents of a backup: what it was made of, how many rows, and the SHA-256 of every member."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from bot.backup.refusals import BackupRefused
from bot.core.config import Config
from bot.runtime.services import derived_key

NAME = "manifest.json"
FORMAT = 1


@dataclass
class Manifest:
    """What stands in `manifest.json`, the last member of the file."""

    taken_at: datetime
    revision: str
    key: str  # tells whether two installations have the same secret key, and nothing else about it
    with_secrets: bool
    format: int = FORMAT
    tables: dict[str, int] = field(default_factory=dict)
    members: dict[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """As it is written."""
        written = {**asdict(self), "taken_at": self.taken_at.isoformat()}
        return json.dumps(written, ensure_ascii=False, indent=1)


def read(text: str) -> Manifest:
    """The manifest behind a text. Raises BackupRefused for a format that this version does not know."""
    try:
        found: dict[str, Any] = json.loads(text)
        if found["format"] != FORMAT:
            raise BackupRefused(f"备份的格式是 {found['format']}，这个版本不认识。请先升级程序再恢复。")
        return Manifest(**{**found, "taken_at": datetime.fromisoformat(found["taken_at"])})
    except (ValueError, KeyError, TypeError) as error:
        raise BackupRefused("备份里的清单读不懂，文件已损坏。请换一个备份文件。") from error


def fingerprint(config: Config) -> str:
    """What stands for the secret key in a manifest."""
    return hmac.new(derived_key(config, "backup"), b"which key", hashlib.sha256).hexdigest()[:16]
