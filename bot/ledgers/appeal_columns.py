"""The columns of a ledger that can be imported, and what each cell has to be. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.appeals import credit_code, phone_numbers
from bot.core import clock
from bot.core.bounds import FIRST_YEAR, LAST_YEAR
from bot.core.refusals import Refusal
from models.appeals import (
    CATEGORIES,
    CHANNELS,
    MEMBERSHIPS,
    RESULT_CLASSES,
    SCORES,
    SIZES,
    SOLVED,
    TYPES,
    AppealState,
)

S = AppealState
_DATE = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]*(\d{1,2})[:：时](\d{1,2})(?:[:：分](\d{1,2})(?:\.\d+)?)?秒?分?)?|(\d{4})(\d{2})(\d{2})"
)
_SERIAL = re.compile(r"\d{5}(?:\.\d{1,15})?")
EXCEL_BEGINS = datetime(1899, 12, 30)  # noqa: DTZ001  # a count of days, which has no zone
FIRST_SERIAL, LAST_SERIAL = 36526, 73051  # 2000-01-01, 2100-01-01
DONE_WORDS = ("已销号", "销号", "已办结", "办结", "已办结（待回访）", "已解决", "完成", "已完成")
STATES: dict[str, AppealState] = {
    **dict.fromkeys(DONE_WORDS, S.CLOSED),
    **dict.fromkeys(("不予受理", "不受理"), S.DECLINED),
    **dict.fromkeys(("已撤回", "撤回"), S.WITHDRAWN),
    **dict.fromkeys(("待受理", "新收到"), S.SUBMITTED),
    **dict.fromkeys(
        ("待补充", "待派单", "待签收", "办理中", "正在办理", "在办", "挂账", "待审核", "未办结", "受理", "已受理"), S.ACCEPTED
    ),
}  # fmt: skip


class Wrong(Refusal):
    """What a cell should be, in Chinese."""


@dataclass(frozen=True)
class Column:
    """One column: the key of its value, its heads, and how a cell is read. `read` gets words that are not empty."""

    key: str
    heads: Sequence[str]
    read: Callable[[str], Any]
    needed: bool = False
    hint: str = ""

    @property
    def title(self) -> str:
        """Its head in the template."""
        return self.heads[0]


def _text(most: int) -> Callable[[str], str]:
    def read(said: str) -> str:
        if len(said) > most:
            raise Wrong(f"最多 {most} 个字，现在是 {len(said)} 个字，请精简")
        return said

    return read


def _line(most: int) -> Callable[[str], str]:
    limited = _text(most)
    return lambda said: limited(" ".join(said.split()))


def _one_of(choices: Sequence[str], also: dict[str, str] | None = None) -> Callable[[str], str]:
    known = {_folded(choice): choice for choice in choices} | (also or {})

    def read(said: str) -> str:
        found = known.get(_folded(said))
        if found is None:
            raise Wrong(f"应为：{'、'.join(choices)}")
        return found

    return read


def _folded(said: str) -> str:
    return "".join(unicodedata.normalize("NFKC", said).split()).replace("(", "（").replace(")", "）")


def moment(said: str) -> datetime:
    """A day, or a day with its hour, in Shanghai; also as Excel counts it, when the cell has lost its format."""
    if _SERIAL.fullmatch(said) and FIRST_SERIAL <= float(said) < LAST_SERIAL:
        counted = EXCEL_BEGINS + timedelta(minutes=round(float(said) * 24 * 60))
        return clock.at(counted.date(), counted.hour, counted.minute)
    match = _DATE.fullmatch(unicodedata.normalize("NFKC", said).strip())
    if match is None:
        raise Wrong("应为日期，例如 2026-01-05 或 2026-01-05 14:30")
    year, month, day = (int(part) for part in (match.group(1, 2, 3) if match[1] else match.group(7, 8, 9)))
    hour, minute = int(match[4] or 0), int(match[5] or 0)
    try:
        datetime(year, month, day, hour, minute)  # noqa: DTZ001  # whether there is such a day
    except ValueError:
        raise Wrong("没有这个日期，请核对") from None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Wrong(f"年份应在 {FIRST_YEAR} 到 {LAST_YEAR} 之间，请核对")
    return clock.at(datetime(year, month, day).date(), hour, minute)  # noqa: DTZ001


def due(said: str) -> datetime:
    """A limit: a day alone ends at the close of business."""
    at = moment(said)
    local = clock.local(at)
    return clock.at(local.date(), 17, 30) if (local.hour, local.minute) == (0, 0) else at


def _phone(said: str) -> str:
    """Only a whole number makes an appellant: a wrecked one would give strangers one appellant."""
    number = phone_numbers.read(said)
    if number is None:
        masked = "号码隐去了几位" if "*" in said else "号码不完整，可能被表格软件改成了别的样子"
        raise Wrong(
            f"{masked}。应为 11 位手机号，或带区号的座机如 010-88880000；查不到的请留空，别的说明写在备注里"
        )
    return number


def _uscc(said: str) -> str:
    code = credit_code.read(said)
    if code is None:
        raise Wrong("应为 18 位统一社会信用代码，最后一位是校验码；没有把握请留空")
    return code


def _state(said: str) -> AppealState:
    found = STATES.get(_folded(said))
    if found is None:
        known = "待受理、待派单、办理中、挂账、已办结、已销号、不予受理、已撤回"
        raise Wrong(f"应为：{known}；并案的请只保留主诉求一行")
    return found


def _result(said: str) -> tuple[str | None, str]:
    """Class and words: our own export writes 「已解决：…」."""
    head, mark, rest = said.partition("：")
    named = _folded(head).removesuffix("（挂账）")
    if named in RESULT_CLASSES:
        return named, rest if mark else ""
    return None, said


COLUMNS = (
    Column("old_number", ("编号", "原编号", "台账编号", "受理编号"), _line(40), hint="原台账的编号，导入后另给新编号"),
    Column("received_at", ("提出时间", "受理时间", "登记时间", "收到时间", "日期"), moment, needed=True, hint="2026-01-05 14:30"),
    Column("channel", ("来源渠道", "来源", "渠道"), _one_of(CHANNELS), hint="空着算「其他」"),
    Column("visit_ref", ("走访或会议", "走访场次"), _line(64)),
    Column("company", ("企业名称", "单位名称", "企业"), _line(128)),
    Column("uscc", ("统一社会信用代码", "信用代码"), _uscc),
    Column("membership", ("会员类别",), _one_of(MEMBERSHIPS)),
    Column("street", ("所属街道", "街道"), _line(32)),
    Column("chamber", ("所属商会", "商会"), _line(64)),
    Column("industry", ("行业", "所属行业"), _line(32)),
    Column("size", ("规模", "企业规模"), _one_of(SIZES, {f"{size}型": size for size in SIZES[:4]} | {"个体": "个体工商户"})),
    Column("contact", ("联系人",), _line(64)),
    Column("phone", ("联系电话", "电话", "联系方式"), _phone, hint="11 位手机号，或带区号的座机；两个号码用顿号隔开"),
    Column("type", ("诉求类型", "类型"), _one_of(TYPES), needed=True, hint="、".join(TYPES)),
    Column("category", ("问题类别", "类别"), _one_of(CATEGORIES, {"基础设施": CATEGORIES[11]}), needed=True),
    Column("body", ("诉求内容", "问题内容", "反映内容", "内容"), _text(20000), needed=True),
    Column("unit", ("主办单位", "承办单位", "责任单位"), _line(64), hint="已办结的，要和「承办单位」里的名称一致"),
    Column("due_at", ("办理时限", "办结时限"), due),
    Column("first_contact_at", ("首次联系时间",), moment),
    Column("result", ("办理结果", "办理情况"), _result),
    Column("resolved_at", ("办结时间", "办结日期"), moment),
    Column("solved", ("是否解决",), _one_of(SOLVED, {"是": "已解决", "否": "未解决"})),
    Column("score", ("满意度",), _one_of(SCORES, {"非常满意": "很满意", "非常不满意": "很不满意"})),
    Column("state", ("当前状态", "状态"), _state, hint="空着时：有办结时间的算已销号，没有的算待派单"),
    Column("remark", ("备注",), _text(2000)),
)  # fmt: skip
BY_KEY = {column.key: column for column in COLUMNS}
BY_HEAD = {_folded(head): column for column in COLUMNS for head in column.heads}


def column_named(head: str) -> Column | None:
    """The column with this head, however it is spaced."""
    return BY_HEAD.get(_folded(head).removesuffix("*"))


def key_named(head: str) -> str | None:
    """The key of the column with this head."""
    column = column_named(head)
    return column.key if column else None
