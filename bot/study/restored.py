"""After a restore: releases since the backup are gone, and what left since may stand here as not sent."""

from __future__ import annotations

from bot.backup.afterwards import Restored
from models.study import enabled_series, unreleased


def hold_back(restored: Restored) -> None:
    """Nothing leaves without a release; colleagues have to know that one may be asked for a second time."""
    held = sum(unreleased(restored.db, series.id) for series in enabled_series(restored.db))
    if held:
        restored.say(
            f"{held} 期学习资料待放行，备份之后放行过的也在其中。先核对公众平台的发送记录，已经推送过的不要再放行。",
            "study.list",
        )
