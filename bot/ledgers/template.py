"""The empty ledger to fill in and import: its head, what each column may hold, lists to choose from."""

from __future__ import annotations

import io

import xlsxwriter

from bot.ledgers.appeal_columns import COLUMNS
from models.appeals import CATEGORIES, CHANNELS, MEMBERSHIPS, SCORES, SIZES, SOLVED, TYPES

CHOICES = {
    "channel": CHANNELS, "type": TYPES, "category": CATEGORIES, "membership": MEMBERSHIPS, "size": SIZES,
    "solved": SOLVED, "score": SCORES,
    "state": ("待受理", "待派单", "办理中", "挂账", "已办结", "已销号", "不予受理", "已撤回"),
}  # fmt: skip
WIDE = {"body": 50, "result": 30, "company": 24, "unit": 18, "remark": 24, "uscc": 20, "category": 18}
EXAMPLE = {
    "old_number": "2025-001", "received_at": "2025-03-05 09:30", "channel": "走访调研", "company": "北京某某科技有限公司",
    "type": "求助", "category": "融资", "body": "（示例，导入前请删去这一行）银行不肯续贷，请帮助协调。", "contact": "王小明",
    "phone": "13800000000", "unit": "区金融办", "result": "已解决：已协调续贷三个月。", "resolved_at": "2025-03-12",
    "solved": "已解决", "score": "满意", "state": "已销号",
}  # fmt: skip


def workbook() -> bytes:
    """The template as XLSX."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
        head = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1, "align": "center"})
        words = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet("台账")
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(COLUMNS):
            sheet.set_column(place, place, WIDE.get(column.key, 13), words)
            sheet.write_string(0, place, column.title + ("*" if column.needed else ""), head)
            sheet.write_string(1, place, EXAMPLE.get(column.key, ""), words)
            if column.key in CHOICES:
                choice = {"validate": "list", "source": list(CHOICES[column.key]), "error_type": "warning"}
                sheet.data_validation(1, place, 5000, place, choice)
        _write_explanations(book.add_worksheet("填写说明"), head, words)
    return file.getvalue()


def _write_explanations(sheet: xlsxwriter.worksheet.Worksheet, head: object, words: object) -> None:
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 90)
    sheet.write_row(0, 0, ("栏目", "怎么填"), head)
    for number, column in enumerate(COLUMNS, 1):
        parts = ["必填"] if column.needed else []
        parts += [column.hint] if column.hint else []
        parts += ["、".join(CHOICES[column.key])] if column.key in CHOICES and not column.hint else []
        sheet.write_string(number, 0, column.title, words)
        sheet.write_string(number, 1, "；".join(parts), words)
