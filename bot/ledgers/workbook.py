"""The Excel ledger in the layout that staff use (domain §4.2), written as a stream: memory stays flat at any length."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import Session
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from bot.core import clock
from bot.ledgers.appeal_rows import LedgerRow, Scope, rows
from bot.ledgers.cells import safe
from bot.statistics import case_sets, explained, figures
from bot.statistics.dimensions import names, title_of
from bot.statistics.figures import Figures
from bot.statistics.tables import MEASURES, most_received_first
from models.appeals import Appeal, AppealState

TITLE = "石景山区工商联民营企业问题诉求台账"
FONT = "宋体"
Progress = Callable[[int], None]


@dataclass(frozen=True)
class SheetColumn:
    """One column of a sheet: its head, its width, and its value of a row."""

    title: str
    width: float
    value: Callable[[LedgerRow], Any]
    centred: bool = False


LEDGER = (
    SheetColumn("编号", 16, lambda r: r.number, True),
    SheetColumn("提出时间", 16, lambda r: r.received, True),
    SheetColumn("来源渠道", 9, lambda r: r.channel, True),
    SheetColumn("企业名称", 22, lambda r: r.company),
    SheetColumn("所属街道", 10, lambda r: r.street),
    SheetColumn("所属商会", 12, lambda r: r.chamber),
    SheetColumn("联系人", 8, lambda r: r.contact),
    SheetColumn("联系电话", 13, lambda r: r.phone, True),
    SheetColumn("诉求类型", 8, lambda r: r.type, True),
    SheetColumn("问题类别", 12, lambda r: r.category),
    SheetColumn("诉求内容", 42, lambda r: r.body),
    SheetColumn("主办单位", 14, lambda r: r.unit),
    SheetColumn("协办单位", 14, lambda r: r.supports),
    SheetColumn("办理时限", 16, lambda r: r.due, True),
    SheetColumn("办理进展", 26, lambda r: r.progress),
    SheetColumn("办理结果", 26, lambda r: r.result),
    SheetColumn("办结时间", 16, lambda r: r.resolved, True),
    SheetColumn("是否超期", 8, lambda r: {True: "是", False: "否", None: "—"}[r.late], True),
    SheetColumn("是否解决", 9, lambda r: r.solved, True),
    SheetColumn("满意度", 9, lambda r: r.score, True),
    SheetColumn("当前状态", 11, lambda r: r.state.label, True),
    SheetColumn("督办情况", 16, lambda r: r.supervision),
    SheetColumn("备注", 20, lambda r: r.remark),
)
LATE = (
    SheetColumn("编号", 16, lambda r: r.number, True),
    SheetColumn("企业名称", 26, lambda r: r.company),
    SheetColumn("问题类别", 14, lambda r: r.category),
    SheetColumn("主办单位", 18, lambda r: r.unit),
    SheetColumn("办理时限", 16, lambda r: r.due, True),
    SheetColumn("超期工作日", 10, lambda r: r.late_days, True),
    SheetColumn("办结时间", 16, lambda r: r.resolved, True),
    SheetColumn("当前状态", 14, lambda r: r.state.label, True),
    SheetColumn("督办情况", 30, lambda r: r.supervision),
)
ON_HOLD = (
    SheetColumn("编号", 16, lambda r: r.number, True),
    SheetColumn("企业名称", 26, lambda r: r.company),
    SheetColumn("问题类别", 14, lambda r: r.category),
    SheetColumn("主办单位", 18, lambda r: r.unit),
    SheetColumn("挂账自", 16, lambda r: r.on_hold_since, True),
    SheetColumn("复核日期", 12, lambda r: r.hold_until, True),
    SheetColumn("向诉求人的解释", 46, lambda r: r.told),
)


@dataclass
class Book:
    """A workbook that is being written, with its formats."""

    path: Path
    operator: str
    scope: Scope
    by: str
    moment: datetime
    book: Any = field(init=False)

    def __post_init__(self) -> None:
        # Nothing that people wrote becomes a formula, a link or a number by itself.
        self.book = xlsxwriter.Workbook(
            self.path,
            {
                "constant_memory": True,
                "tmpdir": str(self.path.parent),
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        self.book.set_properties(
            {
                "title": TITLE,
                "author": self.operator,
                "created": clock.local(self.moment).replace(tzinfo=None),
            }
        )
        base = {"font_name": FONT, "font_size": 10, "valign": "top", "text_wrap": True, "border": 1}
        made: Callable[..., Format] = lambda **more: self.book.add_format(base | more)  # noqa: E731
        self.text, self.centred = made(), made(align="center")
        self.when = made(num_format="yyyy-mm-dd hh:mm", align="center")
        self.number = made(align="center", num_format="0")
        self.head = made(bold=True, align="center", valign="vcenter", bg_color="#DCE6F1")
        self.total = made(bold=True, bg_color="#F2F2F2", text_wrap=False)
        self.big = self.book.add_format(
            {"font_name": FONT, "font_size": 16, "bold": True, "align": "center", "valign": "vcenter"}
        )
        self.line = self.book.add_format({"font_name": FONT, "font_size": 10, "valign": "vcenter"})

    def sheet(self, name: str, title: str, heads: Sequence[tuple[str, float]]) -> Worksheet:
        """A new sheet with its two title lines and its head, frozen, ready for A4 landscape."""
        sheet: Worksheet = self.book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.set_footer("&L&A&C第 &P 页，共 &N 页&R" + f"{clock.local(self.moment):%Y-%m-%d}")
        sheet.freeze_panes(3, 2)
        sheet.repeat_rows(0, 2)
        for place, (_, width) in enumerate(heads):
            sheet.set_column(place, place, width)
        sheet.set_row(0, 30)
        sheet.merge_range(0, 0, 0, len(heads) - 1, safe(title), self.big)
        sheet.set_row(1, 18)
        sheet.write_string(1, 0, safe(self.about()), self.line)
        sheet.set_row(2, 30)
        for place, (words, _) in enumerate(heads):
            sheet.write_string(2, place, words, self.head)
        return sheet

    def about(self) -> str:
        """The second line of every sheet."""
        made = f"{clock.local(self.moment):%Y-%m-%d %H:%M}"
        whole = "　含完整联系方式，请妥善保管" if self.scope.full else ""
        period = self.scope.period.label
        return f"统计时段：{period}　填报单位：{self.operator}　导出时间：{made}　导出人：{self.by}{whole}"

    def write(self, sheet: Worksheet, row: int, place: int, value: Any, *, centred: bool = False) -> None:
        """One cell, by what it is: a date is a date, a number a number, all else text."""
        if isinstance(value, datetime):
            sheet.write_datetime(
                row, place, clock.local(value).replace(tzinfo=None, microsecond=0), self.when
            )
        elif isinstance(value, int):
            sheet.write_number(row, place, value, self.number)
        elif value:
            sheet.write_string(row, place, safe(value), self.centred if centred else self.text)
        else:
            sheet.write_blank(row, place, None, self.text)

    def __enter__(self) -> Book:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.book.close()
        else:  # half a book is not finished, only its temporary files are put away
            _delete_temporary_files(self.book.worksheets_objs)


def _delete_temporary_files(sheets: Iterable[Any]) -> None:
    for sheet in sheets:
        if sheet.row_data_fh and not sheet.row_data_fh.closed:
            sheet.row_data_fh.close()
        Path(sheet.row_data_filename).unlink(missing_ok=True)


def write_ledger(
    db: Session, path: Path, scope: Scope, *, operator: str, by: str, moment: datetime, progress: Progress
) -> int:
    """Write the whole book; how many cases it holds. `progress` hears how many have been written."""
    with Book(path, operator, scope, by, moment) as book:
        written = _write_cases(db, book, progress)
        _write_months(db, book)
        _write_breakdown(db, book, "unit", "分单位统计", "承办单位")
        _write_breakdown(db, book, "category", "分类别统计", "问题类别")
        past = and_(Appeal.due_at < moment, case_sets.COUNTED, case_sets.LATE)
        _write_list(db, book, "超期清单", LATE, past, lambda row: bool(row.late))
        _write_list(db, book, "挂账清单", ON_HOLD, Appeal.state == AppealState.ON_HOLD, lambda row: True)
        _write_explanations(book)
        book.book.get_worksheet_by_name("台账").activate()
    return written


def _write_cases(db: Session, book: Book, progress: Progress) -> int:
    sheet = book.sheet("台账", TITLE, [("序号", 6), *((column.title, column.width) for column in LEDGER)])
    total = solved = late = resolved = 0
    for number, row in enumerate(rows(db, book.scope, book.moment), 1):
        book.write(sheet, number + 2, 0, number)
        for place, column in enumerate(LEDGER, 1):
            book.write(sheet, number + 2, place, column.value(row), centred=column.centred)
        total, resolved = number, resolved + (row.resolved is not None)
        late, solved = late + bool(row.late), solved + (row.solved == "已解决")
        if number % 500 == 0:
            progress(number)
    if total:
        sheet.autofilter(2, 0, total + 2, len(LEDGER))
    words = f"合计 {total} 件：已办结 {resolved} 件，超期 {late} 件，回访已解决 {solved} 件"
    sheet.write_string(total + 3, 0, words, book.total)
    for place in range(1, len(LEDGER) + 1):
        sheet.write_blank(total + 3, place, None, book.total)
    progress(total)
    return total


def _write_list(
    db: Session,
    book: Book,
    name: str,
    columns: Sequence[SheetColumn],
    only: ColumnElement[bool],
    which: Callable[[LedgerRow], bool],
) -> None:
    sheet = book.sheet(name, name, [("序号", 6), *((column.title, column.width) for column in columns)])
    number = 0
    for row in filter(which, rows(db, book.scope, book.moment, only=only)):
        number += 1
        book.write(sheet, number + 2, 0, number)
        for place, column in enumerate(columns, 1):
            book.write(sheet, number + 2, place, column.value(row), centred=column.centred)
    sheet.write_string(number + 3, 0, f"合计 {number} 件", book.total)


def _write_months(db: Session, book: Book) -> None:
    found = figures.by_month(db, book.scope.period)
    table = {month.label: one for month, one in found.items()}
    sheet = _write_table(db, book, "月度统计", "月份", table)
    _add_chart(book, sheet, "月度统计", len(table), "line")


def _write_breakdown(db: Session, book: Book, dimension: str, name: str, head: str) -> None:
    found, named = figures.by_dimension(db, book.scope.period, dimension), names(db, dimension)
    ordered = sorted(found.items(), key=lambda one: most_received_first(one[1]))
    table = {title_of(dimension, value, named): one for value, one in ordered}
    sheet = _write_table(db, book, name, head, table)
    _add_chart(book, sheet, name, min(len(table), 15), "bar")


def _write_table(db: Session, book: Book, name: str, head: str, table: Mapping[str, Figures]) -> Worksheet:
    heads = [(head, 22.0), *((m.title, 17.0 if m.rate else 9.0) for m in MEASURES)]
    sheet = book.sheet(name, name, heads)
    lines = [*table.items(), ("合计", figures.overall(db, book.scope.period))]
    for number, (title, counts) in enumerate(lines, 3):
        book.write(sheet, number, 0, title)
        for place, measure in enumerate(MEASURES, 1):
            book.write(sheet, number, place, measure.of(counts), centred=True)
    return sheet


def _add_chart(book: Book, sheet: Worksheet, name: str, length: int, kind: str) -> None:
    """A native chart under the table: received, resolved, late."""
    if not length:
        return
    chart = book.book.add_chart({"type": kind})
    cells: Callable[[int], list[Any]] = partial(_cell_range, name, length)
    for key, colour in (("received", "#3B6EA5"), ("resolved", "#4F9D69"), ("late", "#C0504D")):
        place = next(n for n, m in enumerate(MEASURES, 1) if m.key == key)
        series = {"name": [name, 2, place], "categories": cells(0), "values": cells(place)}
        style = {"line": {"color": colour, "width": 2}} if kind == "line" else {"fill": {"color": colour}}
        chart.add_series(series | style)
    chart.set_title({"name": name, "name_font": {"name": FONT, "size": 12}})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 900, "height": 320 if kind == "line" else max(320, 60 + 45 * length)})
    if kind == "bar":
        chart.set_y_axis({"reverse": True})
    sheet.insert_chart(length + 6, 0, chart)


def _cell_range(name: str, length: int, place: int) -> list[Any]:
    return [name, 3, place, length + 2, place]


def _write_explanations(book: Book) -> None:
    sheet = book.sheet("口径说明", "口径说明", [("项目", 16.0), ("计算方法", 110.0)])
    for number, (name, words) in enumerate(explained.lines(), 3):
        book.write(sheet, number, 0, name)
        book.write(sheet, number, 1, words)
