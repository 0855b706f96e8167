"""The files that serving processes read themselves, because colleagues edit them by hand."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.paths import CONTENT
from bot.health.checks.finding import Finding, Subject, fail, ok

TITLE = "内容文件"


def hand_edited(_subject: Subject) -> Iterator[Finding]:
    """Calendars, phrases, standing texts and menu: what of them cannot be used counts as absent until it is put right."""
    from bot.content.files import hand_edited_problems

    problems = hand_edited_problems(CONTENT)
    for one in problems:
        remedy = f"改 {CONTENT / one.file} 第 {one.line} 行，再运行 tongxin content check；在改好以前这一处当作没有"
        yield fail(TITLE, f"{one.file}:{one.line} {one.message}", remedy)
    if not problems:
        yield ok(TITLE, "日历、说法、常用语和菜单没有错误")
