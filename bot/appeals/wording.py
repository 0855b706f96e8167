"""Moments, days and checked words, as messages and refusals put them."""

from __future__ import annotations

from datetime import date, datetime

from bot.core import clock
from bot.core.refusals import Refused


def when(moment: datetime) -> str:
    """A promised moment for people: 12月1日17:30, with the year when it is another one."""
    local = clock.local(moment)
    return f"{day(local.date())}{local:%H:%M}"


def day(value: date) -> str:
    """A day for people: 12月1日, with the year when it is another one."""
    year = f"{value.year}年" if value.year != clock.today().year else ""
    return f"{year}{value.month}月{value.day}日"


def written(words: str | None, what: str, *, most: int | None = None) -> str:
    """The words without space around them. Raises Refused when there are none, or more than `most` characters."""
    said = (words or "").strip()
    if not said:
        raise Refused(f"请填写{what}。")
    if most is not None and len(said) > most:
        raise Refused(f"{what}最多 {most} 个字，现在是 {len(said)} 个字，请精简后再提交。")
    return said


def one_of(value: str | None, choices: tuple[str, ...], what: str) -> str:
    """The value when it is one of the choices. Raises Refused, naming them."""
    if value not in choices:
        raise Refused(f"{what}请从这些里选一项：{'、'.join(choices)}。")
    return value
