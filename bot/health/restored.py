"""After a restore: alerts that may have left since the backup are not sent again by themselves."""

from __future__ import annotations

from sqlalchemy import update

from bot.backup.afterwards import Restored
from models.alerts import AlertCall, CallState

MAY_HAVE_LEFT = "恢复备份：可能已经发出"


def hold_back(restored: Restored) -> None:
    """Mails that waited are unknown now; who waits stands on the home page all the same."""
    waiting = update(AlertCall).where(AlertCall.state == CallState.QUEUED)
    unknown = {"state": CallState.UNKNOWN, "detail": MAY_HAVE_LEFT, "settled_at": restored.moment}
    done = restored.db.execute(waiting.values(**unknown), execution_options={"synchronize_session": False})
    if count := int(done.rowcount):  # type: ignore[attr-defined]
        restored.say(f"{count} 封值班提醒的邮件没有再发（可能已经发过）。请现在看一遍工作台「留言」。")
