"""content/calendar/<year>.toml: the rest days and make-up working days of one year, as far as the file can be trusted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from bot.core.hand_edited import Complaint, Table, read

KEYS = {"rest_days": "放假的日子", "working_days": "调休上班的日子"}


@dataclass(frozen=True)
class Calendar:
    """What a file says of its year. One that is not `whole` lacks days: what it does not name is computed (暂估)."""

    rest: frozenset[date]
    work: frozenset[date]
    whole: bool
    complaints: tuple[Complaint, ...]


@dataclass(frozen=True)
class _Days:
    """The days of one key, and what of it cannot be used."""

    days: frozenset[date]
    wrong: tuple[Complaint, ...]


def read_calendar(path: Path) -> Calendar:
    """A year's file; days that cannot be used are left out, each with a complaint."""
    table, year = read(path), int(path.stem)
    rest, work = (_days_of(table, key, year) for key in KEYS)
    both = rest.days & work.days
    wrong = [*rest.wrong, *work.wrong, *_unknown(table), *_contradictions(table, both)]
    whole = not wrong and not table.broken
    complaints = tuple(sorted({*table.complaints, *wrong}))
    return Calendar(rest.days - both, work.days - both, whole, complaints)


def misnamed(folder: Path) -> list[str]:
    """Files in the calendar's folder that no year looks for."""
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    return [name for name in names if not name.startswith(".") and not is_calendar(name)]


def is_calendar(name: str) -> bool:
    """Whether a file's name is a year's."""
    return len(name) == len("2027.toml") and name[:4].isascii() and name[:4].isdigit() and name[4:] == ".toml"


def _days_of(table: Table, key: str, year: int) -> _Days:
    if key not in table.values:
        words = f"缺少 {key}（{KEYS[key]}）；没有这样的日子就写 {key} = []"
        return _Days(frozenset(), ((1, words),))
    value = table.values[key]
    if not isinstance(value, list):
        return _Days(frozenset(), ((table.line(key), f"{key} 应是日期的列表，如 [{year}-01-01]"),))
    days, wrong = set(), []
    for each in value:
        day = _day(each)
        if day is not None and day.year == year:
            days.add(day)
        else:
            wrong.append(_complaint(table, key, each, day, year))
    return _Days(frozenset(days), tuple(wrong))


def _day(value: Any) -> date | None:
    """A day, also one in quotation marks: what is meant is plain."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            return None
    return value if isinstance(value, date) and not isinstance(value, datetime) else None


def _complaint(table: Table, key: str, value: Any, day: date | None, year: int) -> Complaint:
    line = table.line_with(str(value)) if str(value) in table.text else table.line(key)
    if day is None:
        return line, f"{key} 里的 {value} 不是日期；写成 {year}-01-01"
    return line, f"{key} 里的 {value} 不是 {year} 年的日子；写到 {day.year}.toml，或改正年份"


def _unknown(table: Table) -> Iterator[Complaint]:
    for name in table.values.keys() - KEYS.keys():
        yield max(table.line(name), table.header_line(name)), f"不认识的 {name}；可用的是 {'、'.join(KEYS)}"


def _contradictions(table: Table, both: frozenset[date]) -> Iterator[Complaint]:
    for day in both:
        yield table.line_with(day.isoformat()), f"{day} 既写成放假又写成上班；请删去一处"
