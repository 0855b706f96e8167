"""Profiles from a CSV file: read and judged as a whole; a file with one bad row changes nothing."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.core import audit, clock
from bot.core.actor import Actor
from bot.core.db import insert_or_set
from bot.followers.profiles import FIELDS, ProfileError, canonical
from bot.staff.rights import Right, require
from models.followers import Follower
from models.profiles import Profile

MOST_ROWS = 100_000  # a bigger file is better split: it is judged in memory
MOST_BYTES = 50 * 1024 * 1024
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
    """What is wrong with one line of a file (the header is line 1)."""

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
    """The rows of a CSV file in UTF-8 or GB18030, each judged by itself."""
    sheet = Sheet()
    text = _decoded(content)
    if text is None:
        wrong = "文件太大（上限 50 MB）或不是文本：请另存为「CSV UTF-8（逗号分隔）」后再试"
        sheet.complaints.append(Complaint(1, wrong))
        return sheet
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = _header(next(lines, []), sheet)
        for cells in lines if header else ():
            if len(sheet.rows) + len(sheet.complaints) >= MOST_ROWS:
                sheet.complaints.append(Complaint(lines.line_num, f"超过 {MOST_ROWS} 行：请分成几个文件导入"))
                break
            _take(sheet, header, cells, lines.line_num)
    except csv.Error:
        wrong = "引号或换行不成对，从这里起无法读取：请用表格软件打开检查后另存"
        sheet.complaints.append(Complaint(lines.line_num, wrong))
    _refuse_repeats(sheet)
    if not sheet.rows and not sheet.complaints:
        sheet.complaints.append(Complaint(1, "文件里没有数据行"))
    return sheet


def _decoded(content: bytes) -> str | None:
    if len(content) > MOST_BYTES or b"\0" in content:
        return None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _header(cells: Sequence[str], sheet: Sheet) -> list[str]:
    names = [COLUMNS.get(cell.strip(), "") for cell in cells]
    strange = [cell.strip()[:20] or "（空）" for cell, name in zip(cells, names, strict=True) if not name]
    if strange or "openid" not in names or len(set(names)) != len(names):
        known = "、".join(["openid", *(f"{name}（{word}）" for name, word in FIELDS.items())])
        found = f"不认识的列 {'、'.join(strange)}；" if strange else "缺少 openid 列或有重复的列；"
        sheet.complaints.append(Complaint(1, f"第一行应为列名：{found}可用的列是 {known}"))
        return []
    return names


def _take(sheet: Sheet, header: list[str], cells: list[str], line: int) -> None:
    if not any(cell.strip() for cell in cells):
        return
    if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
        sheet.complaints.append(Complaint(line, f"有 {len(cells)} 格，列名只有 {len(header)} 个：请检查逗号"))
        return
    given = {name: cell.strip() for name, cell in zip(header, cells, strict=False)}
    row: dict[str, Any] = {"openid": given.pop("openid", "")}
    wrong = [] if OPENID.fullmatch(row["openid"]) else ["openid 应为 1 到 64 位字母、数字、下划线或减号"]
    for name, word in given.items():
        try:
            row[name] = canonical(name, word) if word else None
        except ProfileError as error:
            wrong.append(str(error))
    if wrong:
        sheet.complaints.append(Complaint(line, "；".join(wrong)))
    else:
        sheet.rows.append((line, row))


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
