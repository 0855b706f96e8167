"""This machine, whatever the settings: versions, time zone data, clock, calendar, environment."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.core import clock
from bot.core.config import PREFIX
from bot.core.settings import KEYS, SECTIONS
from bot.health.checks.finding import Finding, Subject, fail, ok, warn

PYTHON = (3, 11)
SQLITE = (3, 35, 0)  # the first with RETURNING, which bot/core/db.py relies on


def versions(_subject: Subject) -> Iterator[Finding]:
    """Python and the SQLite that it was built with."""
    here = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < PYTHON:
        yield fail(
            "Python", f"版本 {here} 太旧", "请安装 Python 3.11 或更新版本，再重建 .venv（make production）"
        )
    else:
        yield ok("Python", f"版本 {here}")
    if sqlite3.sqlite_version_info < SQLITE:
        yield fail(
            "SQLite",
            f"版本 {sqlite3.sqlite_version} 太旧",
            "请升级系统的 libsqlite3 到 3.35 以上，或改用 PostgreSQL",
        )
    else:
        yield ok("SQLite", f"版本 {sqlite3.sqlite_version}")


def time_zone(_subject: Subject) -> Iterator[Finding]:
    """Whether Asia/Shanghai is known and is eight hours ahead."""
    try:
        offset = clock.now().astimezone(ZoneInfo("Asia/Shanghai")).utcoffset()
    except ZoneInfoNotFoundError:
        yield fail("时区", "没有 Asia/Shanghai 的时区数据", "运行 make production 安装 tzdata")
        return
    hours = offset.total_seconds() / 3600 if offset else 0
    if hours == 8:
        yield ok("时区", f"北京时间现在是 {clock.local(clock.now()):%Y-%m-%d %H:%M:%S}")
    else:
        yield fail(
            "时区", f"Asia/Shanghai 的时差是 {hours:g} 小时，应为 8", "时区数据已损坏，请重新安装 tzdata"
        )


def moved_clock(subject: Subject) -> Iterator[Finding]:
    """A clock file moves the time of every process; only the demo and tests want that."""
    if path := subject.environ.get(clock.CLOCK_FILE):
        yield warn(
            "时钟",
            f"环境变量 {clock.CLOCK_FILE} 指向 {path}，程序看到的时间可能不是真实时间",
            f"正式运行前去掉它：unset {clock.CLOCK_FILE}",
        )


def calendar(_subject: Subject) -> Iterator[Finding]:
    """Whether this and the next year's statutory rest days are announced and known."""
    from bot.core import workdays

    year = clock.today().year
    for each in (year, year + 1):
        if not workdays.is_estimated(date(each, 1, 1)):
            yield ok("工作日历", f"{each} 年的放假安排已知")
            continue
        remedy = f"国务院办公厅公布 {each} 年放假安排后，写入 content/calendar/{each}.toml，马上生效；写完运行 tongxin content check"
        yield warn("工作日历", f"{each} 年的放假安排未知，按周末和固定节日暂估期限", remedy)


def environment(subject: Subject) -> Iterator[Finding]:
    """Secrets that other programs can read from the environment, and variables that look like settings but are not."""
    for variable in sorted(subject.environ):
        if not variable.startswith(PREFIX) or not subject.environ[variable]:
            continue
        section, double, name = variable.removeprefix(PREFIX).lower().partition("__")
        key = KEYS.get((section, name))
        if key and key.from_file:
            yield warn(
                "环境变量",
                f"{variable} 里有密钥，同一用户的其他程序看得到",
                f"改为写进文件（chmod 600），用 {variable}_FILE 指向它",
                f"{section}.{name}",
            )
        elif not double and (meant := _meant(variable)):
            yield warn("环境变量", f"{variable} 不起作用", f"小节和配置项之间是两个下划线：{meant}")


def _meant(variable: str) -> str:
    """The variable with two underscores that this one was probably meant to be, or empty."""
    rest = variable.removeprefix(PREFIX).lower()
    section = next((name for name in SECTIONS if rest.startswith(f"{name}_")), "")
    key = rest.removeprefix(f"{section}_")
    return f"{PREFIX}{section}__{key}".upper() if (section, key) in KEYS else ""
