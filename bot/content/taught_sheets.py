"""Phrases as a CSV file for a table program: 词语, 含义, 权重, 备注. A file with one bad row changes nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.content import taught_phrases
from bot.content.records import PolicyDocument
from bot.content.taught_conflicts import Known, conflicts
from bot.content.taught_phrases import (
    USUAL_WEIGHT,
    Meaning,
    PhraseFault,
    Taught,
    canonical,
    checked_note,
    checked_weight,
    meaning_of,
)
from bot.core.actor import Actor
from bot.understanding.phrases import SPECIFIC
from models.phrases import Phrase, find_phrase

COLUMNS = ("词语", "含义", "权重", "备注")
MOST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 20_000


@dataclass(frozen=True)
class Row:
    """One line of a file, read (the header is line 1)."""

    line: int
    phrase: str
    meaning: Meaning
    weight: float
    note: str


@dataclass
class Sheet:
    """What a file says: good rows, and what is wrong with the others, by line."""

    rows: list[Row] = field(default_factory=list)
    complaints: list[tuple[int, str]] = field(default_factory=list)


def read(content: bytes, policies: Mapping[str, PolicyDocument]) -> Sheet:
    """The rows of a CSV file in UTF-8 or GB18030, each judged by itself."""
    sheet = Sheet()
    text = _decoded(content)
    if text is None:
        sheet.complaints.append(
            (1, "文件太大（上限 5 MB）或不是文本；请另存为「CSV UTF-8（逗号分隔）」后再试")
        )
        return sheet
    try:
        lines = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        missing = [name for name in COLUMNS[:2] if name not in (lines.fieldnames or ())]
        if missing:
            sheet.complaints.append((1, f"缺少列 {'、'.join(missing)}；第一行应是 {'，'.join(COLUMNS)}"))
            return sheet
        for cells in lines:
            _take(sheet, lines.line_num, cells, policies)
    except csv.Error:
        sheet.complaints.append((1, "引号不成对，无法读取；请用表格软件打开检查后另存"))
    if not sheet.rows and not sheet.complaints:
        sheet.complaints.append((1, "文件里没有数据行"))
    return sheet


def _decoded(content: bytes) -> str | None:
    if len(content) > MOST_BYTES:
        return None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\x00" in text else text
    return None


def _take(
    sheet: Sheet, line: int, cells: Mapping[str | None, object], policies: Mapping[str, PolicyDocument]
) -> None:
    said = {name: str(cells.get(name) or "").strip() for name in COLUMNS}
    if not any(said.values()):
        return
    if len(sheet.rows) >= MOST_ROWS:
        sheet.complaints.append((line, f"超过 {MOST_ROWS} 行；请分成几个文件导入"))
        return
    try:
        weight = checked_weight(float(said["权重"]) if said["权重"] else USUAL_WEIGHT)
        meaning = meaning_of(said["含义"], policies)
        sheet.rows.append(Row(line, canonical(said["词语"]), meaning, weight, checked_note(said["备注"])))
    except PhraseFault as fault:
        sheet.complaints.append((line, str(fault)))
    except ValueError:
        sheet.complaints.append((line, f"权重应是数字，写的是「{said['权重'][:20]}」"))


def import_sheet(
    actor: Actor,
    content: bytes,
    policies: Mapping[str, PolicyDocument],
    against: Known,
    *,
    anyway: bool = False,
) -> tuple[int, list[tuple[int, str]]]:
    """Teach a file's rows, all or none: how many are new, and the complaints. Contradictions are complaints unless
    `anyway`; words that would never be heard always are. Raises Denied."""
    sheet = read(content, policies)
    labels = {row.line: label_of(row.meaning, policies) for row in sheet.rows}
    found = conflicts([Taught(row.phrase, labels[row.line], row.weight) for row in sheet.rows], against)
    for row in sheet.rows:
        wrong = [c.message for c in found if c.phrase == row.phrase and (c.useless or not anyway)]
        known = find_phrase(actor.db, row.phrase)
        if known is not None and (known.label, known.slug) != (row.meaning.label, row.meaning.slug):
            wrong.append(f"「{row.phrase}」已经添加过，含义是 {taught_phrases.said(known, policies)}")
        sheet.complaints += [(row.line, message) for message in dict.fromkeys(wrong)]
    if sheet.complaints:
        return 0, sorted(sheet.complaints)
    new = [taught_phrases.add(actor, r.phrase, r.meaning, weight=r.weight, note=r.note) for r in sheet.rows]
    return sum(new), []


def label_of(meaning: Meaning, policies: Mapping[str, PolicyDocument]) -> str:
    """The understanding's label of a meaning."""
    if meaning.slug is None:
        return meaning.label or ""
    return f"{SPECIFIC}{policies[meaning.slug].short_name}"


def dump(rows: Iterable[Phrase], policies: Mapping[str, PolicyDocument]) -> str:
    """The phrases as a file that `read` reads back."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows:
        policy = policies.get(row.slug or "")
        means = policy.short_name if policy else row.slug or row.label
        writer.writerow((_plain(row.phrase), means, f"{row.weight:g}", _plain(row.note)))
    return out.getvalue()


def _plain(cell: str) -> str:
    """A table program must not take a note for a formula."""
    return f" {cell}" if cell.startswith(("=", "+", "-", "@")) else cell
