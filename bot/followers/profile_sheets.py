"""Profiles from a table, CSV or XLSX: read and judged as a whole; a file with one bad row changes nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.core import audit, clock
from bot.core.actor import Actor
from bot.core.db import insert_or_set
from bot.core.sheets.lines import MB, Limits, Line, Unreadable
from bot.core.sheets.reading import head_of, lines_of
from bot.followers.profiles import FIELDS, ProfileError, canonical
from bot.staff.rights import Right, require
from models.followers import Follower
from models.profiles import Profile

LIMITS = Limits(50 * MB, 100_000, "请分成几个文件导入")  # a table is judged in memory
OPENID = re.compile(r"[A-Za-z0-9_-]{1,64}")
COLUMNS = {
    "openid": "openid",
    **{name: name for name in FIELDS},
    **{word: name for name, word in FIELDS.items()},
}
ASKED_AT_ONCE = 1000
NO_FOLLOWER = "关注者里没有这个 openid：请核对，或先同步关注者名单"
T = TypeVar("T")


@dataclass(frozen=True)
class Complaint:
    """What is wrong with one line of a file, as a table program numbers it."""

    line: int
    reason: str
    acts: tuple[str, ...] = ()  # that the reason names, as in `Refusal`


@dataclass
class Sheet:
    """What a file says: complete rows with their line, and what is wrong with the others."""

    rows: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)


@dataclass(frozen=True)
class Imported:
    """What an import did: rows that are good, complaints, and whether anything was written."""

    good: int
    complaints: tuple[Complaint, ...]
    written: bool


def import_sheet(actor: Actor, content: bytes, *, dry_run: bool) -> Imported:
    """Merge a file's rows into the profiles, all or none; an empty cell leaves its field as it is. Raises Denied."""
    require(actor.by, Right.FOLLOWER_MANAGE)
    sheet = read(content)
    _refuse_strangers(actor.db, sheet)
    sheet.complaints.sort(key=lambda one: one.line)
    write = bool(sheet.rows) and not sheet.complaints and not dry_run
    if write:
        _write(actor.db, [row for _line, row in sheet.rows])
        audit.record(actor.db, actor.by, "profile.import", "profile", None, rows=len(sheet.rows))
    return Imported(len(sheet.rows), tuple(sheet.complaints), write)


def read(content: bytes) -> Sheet:
    """The rows of a table, CSV or XLSX, each judged by itself."""
    sheet = Sheet()
    try:
        lines = lines_of(content, column_named, LIMITS)
    except Unreadable as error:
        sheet.complaints.append(Complaint(error.line, str(error)))
        return sheet
    start, names = _head(lines, sheet)
    for line in lines[start + 1 :] if names else ():
        _take(sheet, names, line)
    _refuse_repeats(sheet)
    if not sheet.rows and not sheet.complaints:
        sheet.complaints.append(Complaint(1, "文件里没有数据行"))
    return sheet


def column_named(head: str) -> str | None:
    """The field of the column with this head, in either language and any case."""
    return COLUMNS.get(unicodedata.normalize("NFKC", head).strip().casefold())


def _head(lines: Sequence[Line], sheet: Sheet) -> tuple[int, list[str]]:
    """Where the head is, and the field of each of its cells, "" for an empty one; no fields with a complaint."""
    found = head_of(lines, column_named, 1)
    index = found[0] if found else 0
    cells = lines[index].cells if lines else ()
    strange = [cell[:20] for cell in cells if cell and column_named(cell) is None]
    names = [column_named(cell) or "" for cell in cells]
    named = [name for name in names if name]
    if strange or "openid" not in named or len(set(named)) != len(named):
        known = "、".join(["openid", *(f"{name}（{word}）" for name, word in FIELDS.items())])
        wrong = f"不认识的列 {'、'.join(strange)}；" if strange else "缺少 openid 列或有重复的列；"
        line = lines[index].number if lines else 1
        sheet.complaints.append(Complaint(line, f"第一行应为列名：{wrong}可用的列是 {known}"))
        return index, []
    return index, names


def _take(sheet: Sheet, names: list[str], line: Line) -> None:
    pairs = list(zip_longest(names, line.cells, fillvalue=""))
    if any(cell for name, cell in pairs if not name):
        count, known = len(line.cells), sum(map(bool, names))
        sheet.complaints.append(Complaint(line.number, f"有 {count} 格，列名只有 {known} 个：请检查逗号"))
        return
    given = {name: cell for name, cell in pairs if name}
    row: dict[str, Any] = {"openid": given.pop("openid", "")}
    wrong = [] if OPENID.fullmatch(row["openid"]) else ["openid 应为 1 到 64 位字母、数字、下划线或减号"]
    for name, word in given.items():
        try:
            row[name] = canonical(name, word) if word else None
        except ProfileError as error:
            wrong.append(str(error))
    if wrong:
        sheet.complaints.append(Complaint(line.number, "；".join(wrong)))
    else:
        sheet.rows.append((line.number, row))


def _refuse_repeats(sheet: Sheet) -> None:
    """A person twice in a file is a mistake: nobody could tell which row counts."""
    first: dict[str, int] = {}
    kept = []
    for line, row in sheet.rows:
        before = first.setdefault(row["openid"], line)
        if before == line:
            kept.append((line, row))
        else:
            sheet.complaints.append(Complaint(line, f"与第 {before} 行是同一个 openid：请只留一行"))
    sheet.rows = kept


def _refuse_strangers(db: Session, sheet: Sheet) -> None:
    """A profile needs a follower: it is deleted when they leave, so it must not be there before they come."""
    known: set[str] = set()
    for chunk in _chunks([row["openid"] for _line, row in sheet.rows], ASKED_AT_ONCE):
        known.update(
            db.scalars(select(Follower.openid).where(Follower.openid.in_(chunk), Follower.subscribed))
        )
    sheet.complaints += [
        Complaint(line, NO_FOLLOWER, ("followers.sync",))
        for line, row in sheet.rows
        if row["openid"] not in known
    ]
    sheet.rows = [(line, row) for line, row in sheet.rows if row["openid"] in known]


def _write(db: Session, rows: list[dict[str, Any]]) -> None:
    empty: dict[str, Any] = dict.fromkeys(FIELDS)
    moment = clock.now()
    for chunk in _chunks(rows, ASKED_AT_ONCE):
        values = [{**empty, **row, "updated_at": moment} for row in chunk]
        insert_or_set(db, Profile, values, key=["openid"], changes=_merged)
    db.expire_all()


def _merged(new: Any) -> dict[str, Any]:
    """A field that the sheet leaves empty stays as it was."""
    kept = {name: func.coalesce(new[name], getattr(Profile, name)) for name in FIELDS}
    return {**kept, "updated_at": new.updated_at}


def _chunks(items: Sequence[T], size: int) -> Iterator[list[T]]:
    remaining = iter(items)
    while chunk := list(islice(remaining, size)):
        yield chunk
