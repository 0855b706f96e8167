"""Where a backup goes: a file by its name, or a folder that gets dated names and keeps the newest."""

from __future__ import annotations

import re
import time
from datetime import datetime
from pathlib import Path

from bot.backup.refusals import BackupRefused
from bot.core import clock

DATED = re.compile(r"tongxin-\d{8}-\d{6}\.zip")
ABANDONED_SECONDS = 24 * 3600  # a draft of that age has nobody who writes it


def target(named: Path, moment: datetime, storage: Path) -> Path:
    """The file to write. Raises BackupRefused when it cannot be there."""
    path = named.absolute()
    if path.is_dir():
        path = path / f"tongxin-{clock.local(moment):%Y%m%d-%H%M%S}.zip"
    if not path.parent.is_dir():
        raise BackupRefused(f"没有文件夹 {path.parent}。请先建立：install -d -m 0700 {path.parent}")
    if path.is_relative_to(storage.absolute()):
        raise BackupRefused(f"备份不能放在附件文件夹 {storage} 里，最好放到另一块盘上。")
    return path


def forget_old(folder: Path, keep: int) -> int:
    """Delete all dated backups but the newest `keep`, and drafts that a crash left; how many backups."""
    dated = sorted((each for each in folder.iterdir() if DATED.fullmatch(each.name)), reverse=True)
    for old in dated[keep:]:
        old.unlink()
    now = time.clock_gettime(time.CLOCK_REALTIME)  # files are dated by the machine's clock
    for draft in folder.glob(".tongxin-*.part"):
        if now - draft.stat().st_mtime > ABANDONED_SECONDS:
            draft.unlink()
    return len(dated[keep:])
