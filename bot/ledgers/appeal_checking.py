"""Each line of a foreign ledger as a case, or what is wrong with it and what to do: line, column, words. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.core import clock
from bot.core.sheets.lines import Line, Unreadable
from bot.core.sheets.reading import head_of
from bot.ledgers.appeal_columns import BY_KEY, COLUMNS, Column, Wrong, key_named
from models.appeals import AppealState

S = AppealState
LEAST_HEADS = 3


@dataclass(frozen=True)
class Problem:
    """One thing to put right in the file."""

    line: int
    column: str  # as Excel names it, with its head: «D 诉求类型»
    words: str

    def told(self) -> list[Any]:
        """As the run keeps it."""
        return [self.line, self.column, self.words]


@dataclass(frozen=True)
class Entry:
    """A line that can be imported: its values by column key, those that are empty left out."""

    line: int
    values: Mapping[str, Any]

    def get(self, key: str) -> Any:
        """A value, None without it."""
        return self.values.get(key)

    @property
    def received_at(self) -> datetime:
        """When it was received."""
        at: datetime = self.values["received_at"]
        return at

    @property
    def state(self) -> AppealState:
        """Where it stands; a line that does not say so is closed when it has a day of 办结."""
        said: AppealState | None = self.values.get("state")
        if self.values.get("resolved_at") is not None and said in (None, S.ACCEPTED, S.SUBMITTED):
            return S.CLOSED if said is None else said
        return said or S.ACCEPTED

    @property
    def sameness(self) -> tuple[datetime, str]:
        """What makes two lines the same."""
        return self.received_at, str(self.values["body"])


@dataclass(frozen=True)
class Checked:
    """The whole file."""

    entries: list[Entry]
    problems: list[Problem]

    @property
    def bad_lines(self) -> int:
        """How many lines have a problem."""
        return len({problem.line for problem in self.problems})


@dataclass(frozen=True)
class Known:
    """What the database says: units by name, and what has been imported or filed already."""

    units: Collection[str]
    old_numbers: Collection[str] = frozenset()
    numbers: Collection[str] = frozenset()
    same: Collection[tuple[datetime, str]] = frozenset()


def check(lines: Sequence[Line], known: Known, now: datetime) -> Checked:
    """Every line. Raises SheetUnreadable when there is no head."""
    start, places = _head(lines)
    checked = Checked([], [])
    seen: dict[Any, int] = {}
    for line in lines[start + 1 :]:
        if _is_total(line):
            continue
        values, problems = _read(line, places)
        if not problems:
            problems = _together(line.number, values, known, now, places)
        if not problems:
            entry = Entry(line.number, values)
            problems = _twice(entry, known, seen, places)
            if not problems:
                checked.entries.append(entry)
        checked.problems.extend(problems)
    return checked


def _head(lines: Sequence[Line]) -> tuple[int, dict[str, int]]:
    """Where the head is, and at which place each column stands."""
    found = head_of(lines, key_named, LEAST_HEADS)
    if found is None:
        raise Unreadable(
            "没有找到表头（提出时间、诉求类型、问题类别、诉求内容等）。请下载模板，按模板的表头整理后再上传。"
        )
    missing = [column.title for column in COLUMNS if column.needed and column.key not in found[1]]
    if missing:
        raise Unreadable(f"表头缺少：{'、'.join(missing)}。请下载模板，按模板的表头整理后再上传。")
    return found


def _is_total(line: Line) -> bool:
    first = next((cell for cell in line.cells if cell), "")
    return first.startswith(("合计", "总计")) and sum(map(bool, line.cells)) <= 2


def _read(line: Line, places: Mapping[str, int]) -> tuple[dict[str, Any], list[Problem]]:
    values: dict[str, Any] = {}
    problems = []
    for key, place in places.items():
        column = BY_KEY[key]
        said = line.cells[place] if place < len(line.cells) else ""
        if said in ("", "—", "-", "/", "无") and not (said and column.key in ("body", "remark")):
            if column.needed:
                problems.append(_problem(line.number, column, place, "不能为空，请填写"))
            continue
        try:
            values[key] = column.read(said)
        except Wrong as wrong:
            problems.append(_problem(line.number, column, place, f"「{said[:20]}」不对，{wrong}"))
    return values, problems


def _problem(line: int, column: Column, place: int, words: str) -> Problem:
    return Problem(line, f"{_letters(place)} {column.title}", f"{words}。")


def _letters(place: int) -> str:
    """0 is A, 26 is AA."""
    return (_letters(place // 26 - 1) if place >= 26 else "") + chr(ord("A") + place % 26)


def _together(
    line: int, values: Mapping[str, Any], known: Known, now: datetime, places: Mapping[str, int]
) -> list[Problem]:
    """What cells mean to each other, and to today."""
    found: list[tuple[str, str]] = []
    received, resolved = values["received_at"], values.get("resolved_at")
    if received > now:
        return [_problem(line, BY_KEY["received_at"], places["received_at"], "是以后的日期，请核对")]
    for key in ("resolved_at", "first_contact_at"):
        at = values.get(key)
        if at is not None and at > now:
            found.append((key, "是以后的日期，请核对"))
        elif at is not None and at < received and not _is_same_day(at, received):
            found.append((key, "早于提出时间，请核对"))
    state = values.get("state")
    done = state is S.CLOSED or (state is None and resolved is not None)
    if done and resolved is None:
        found.append(("resolved_at", "已办结的请填写办结时间"))
    if not done and resolved is not None:
        found.append(("state", "填了办结时间，状态应为已办结或已销号；没有办结的请去掉办结时间"))
    elif (values.get("solved") or values.get("score")) and not done:
        found.append(
            ("solved" if values.get("solved") else "score", "没有办结的不应有回访结果，请去掉或补上办结时间")
        )
    unit = values.get("unit")
    if done and unit and unit not in known.units:
        found.append(("unit", f"没有「{unit}」这个承办单位：请先在「承办单位」里添加，或改成已有的名称"))
    return [_problem(line, BY_KEY[key], places.get(key, 0), words) for key, words in found]


def _is_same_day(one: datetime, other: datetime) -> bool:
    """A day without an hour may stand before an hour of that day."""
    return clock.local(one).date() == clock.local(other).date()


def _twice(entry: Entry, known: Known, seen: dict[Any, int], places: Mapping[str, int]) -> list[Problem]:
    """A case is imported once: by its old number, else by its moment and words."""
    number = entry.get("old_number")
    key = number or entry.sameness
    column = BY_KEY["old_number" if number else "body"]
    words = None
    if number and number in known.numbers:
        words = f"「{number}」是系统里已有的诉求，不用导入；请删去这一行"
    elif (number and number in known.old_numbers) or (not number and entry.sameness in known.same):
        words = "这一行以前导入过，请删去"
    elif key in seen:
        words = f"和第 {seen[key]} 行重复，请删去其中一行"
    seen.setdefault(key, entry.line)
    return [_problem(entry.line, column, places.get(column.key, 0), words)] if words else []
