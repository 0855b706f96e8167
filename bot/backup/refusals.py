"""What a backup or a restore cannot do, said in Chinese with what to do next."""

from __future__ import annotations

from bot.core.refusals import Refusal


class BackupRefused(Refusal):
    """Nothing was changed; the text says what to do."""
