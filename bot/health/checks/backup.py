"""Whether there is a good backup, and how old it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from bot.backup.outside import last_good
from bot.core import clock
from bot.core.config import Config
from bot.health.checks.finding import Finding, Subject, ok, warn

TITLE = "备份"
AT = "backup.max_age_hours"
REMEDY = "运行 tongxin backup 文件夹；每天自动备份的写法见 docs/deploy.md「每天备份」"


def backup(_subject: Subject, config: Config) -> Iterator[Finding]:
    """The newest backup that was read back and found whole, on whatever machine it was taken."""
    newest = last_good(config.storage.path)
    if newest is None:
        yield warn(TITLE, "还没有成功备份过", REMEDY)
        return
    age = clock.now() - newest.at
    said = (
        f"最近一次成功的备份是 {clock.local(newest.at):%Y-%m-%d %H:%M}（{_words(age)}前），在 {newest.file}"
    )
    if age > timedelta(hours=config.backup.max_age_hours):
        yield warn(TITLE, said, f"查看定时备份为什么没有成功；{REMEDY}", AT)
    else:
        yield ok(TITLE, said)


def _words(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    return f"{hours // 24} 天 {hours % 24} 小时" if hours >= 24 else f"{hours} 小时"
