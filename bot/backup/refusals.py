"""What a backup or a restore cannot do, said in Chinese with what to do next."""

from __future__ import annotations


class BackupRefused(Exception):
    """Nothing was changed; the text says what to do."""
