"""The Excel ledger: layout, kinds of cells, masks, who may, and what is left out; runs that crash and files that go."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import select

from bot.appeals import deadlines
from bot.appeals.acts import handling
from bot.core import clock
from bot.core.db import reading, transaction
from bot.core.refusals import NotFound, Refused
from bot.ledgers import exporting, runs, work
from bot.ledgers.appeal_rows import Scope
from bot.ledgers.workbook import LEDGER, TITLE, write_ledger
from bot.staff.rights import Denied
from bot.statistics.period import Period, year
from bot.statistics.tables import MEASURES
from models.appeals import Appeal, AppealState
from models.audit import AuditEntry
from models.ledgers import LedgerRun
from tests.support.office import MONDAY, Office

pytestmark = pytest.mark.usefixtures("monday")

S = AppealState
HEAD = [
    "序号", "编号", "提出时间", "来源渠道", "企业名称", "所属街道", "所属商会", "联系人", "联系电话", "诉求类型", "问题类别", "诉求内容",
    "主办单位", "协办单位", "办理时限", "办理进展", "办理结果", "办结时间", "是否超期", "是否解决", "满意度", "当前状态", "督办情况", "备注",
]  # fmt: skip
SHEETS = ["台账", "月度统计", "分单位统计", "分类别统计", "超期清单", "挂账清单", "口径说明"]


@pytest.fixture(scope="module")
def cases(office: Office) -> dict[str, str]:
    """One case in each state, one with dangerous words, one confidential."""
    with clock.frozen(MONDAY - timedelta(days=60)):
        overdue = office.led_to(
            S.IN_PROGRESS, body='=HYPERLINK("http://evil.example")\x01 请帮忙，我的电话13912345678'
        )
        office.do("unit", handling.progress, overdue, "+已约谈\x0b双方")
    with clock.frozen(MONDAY):
        made = {state.value: office.led_to(state) for state in S}
        secret = office.file(type="举报", body="举报某单位")
    return made | {"overdue": overdue, "secret": secret}


def written(office: Office, tmp_path: Path, *, full: bool = False, period: Period | None = None) -> Any:
    path = tmp_path / "book.xlsx"
    with clock.frozen(MONDAY), reading(office.services.engine) as db:
        scope = Scope(period or year(2026), full)
        write_ledger(
            db, path, scope, operator="石景山区工商联", by="小林", moment=MONDAY, progress=lambda _: None
        )
    return openpyxl.load_workbook(path)


def row_of(sheet: Worksheet, number: str) -> dict[str, Any]:
    heads = [str(cell.value) for cell in sheet[3]]
    found = [row for row in sheet.iter_rows(min_row=4, values_only=True) if number in row]
    assert len(found) == 1, number
    return dict(zip(heads, found[0], strict=True))


def test_the_layout_is_the_one_that_staff_use(office: Office, cases: dict[str, str], tmp_path: Path) -> None:
    book = written(office, tmp_path)
    assert book.sheetnames == SHEETS
    sheet = book["台账"]
    assert sheet["A1"].value == TITLE
    assert (
        sheet["A2"].value
        == "统计时段：2026年　填报单位：石景山区工商联　导出时间：2026-11-23 10:00　导出人：小林"
    )
    assert [cell.value for cell in sheet[3]] == HEAD
    assert sheet.freeze_panes == "C4"
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.print_title_rows == "$1:$3"
    assert sheet["L4"].alignment.wrap_text
    assert str(sheet.cell(sheet.max_row, 1).value).startswith(f"合计 {sheet.max_row - 4} 件")
    assert [len(book[name]._charts) for name in SHEETS[1:4]] == [1, 1, 1]


def test_dates_are_dates_and_codes_are_text(office: Office, cases: dict[str, str], tmp_path: Path) -> None:
    book = written(office, tmp_path, full=True)
    row = row_of(book["台账"], cases["closed"])
    assert row["提出时间"] == datetime(2026, 11, 23, 10, 0)  # in Shanghai
    assert isinstance(row["办结时间"], datetime)
    assert row["联系电话"] == "13812348000"
    assert isinstance(row["序号"], int)
    assert (row["当前状态"], row["是否解决"], row["满意度"], row["是否超期"]) == (
        "已销号",
        "已解决",
        "满意",
        "否",
    )
    assert row["办理结果"].startswith("已解决：")


def test_phones_and_names_are_masked_unless_asked_for(
    office: Office, cases: dict[str, str], tmp_path: Path
) -> None:
    masked = row_of(written(office, tmp_path)["台账"], cases["overdue"])
    assert (masked["联系人"], masked["联系电话"]) == ("王**", "138****8000")
    assert "139****5678" in masked["诉求内容"]
    whole = row_of(written(office, tmp_path, full=True)["台账"], cases["overdue"])
    assert (whole["联系人"], whole["联系电话"]) == ("王小明", "13812348000")
    assert "13912345678" in whole["诉求内容"]


def test_what_people_wrote_is_never_a_formula(office: Office, cases: dict[str, str], tmp_path: Path) -> None:
    book = written(office, tmp_path)
    row = row_of(book["台账"], cases["overdue"])
    assert row["诉求内容"].startswith("'=HYPERLINK")
    assert row["办理进展"] == "'+已约谈双方"
    for sheet in book:
        assert all(
            cell.data_type != "f" and not cell.hyperlink for line in sheet.iter_rows() for cell in line
        )


def test_confidential_reports_are_left_out(office: Office, cases: dict[str, str], tmp_path: Path) -> None:
    book = written(office, tmp_path, full=True)
    said = {cell.value for sheet in book for line in sheet.iter_rows() for cell in line}
    assert cases["closed"] in said
    assert cases["secret"] not in said


def test_late_and_parked_cases_have_their_lists(
    office: Office, cases: dict[str, str], tmp_path: Path
) -> None:
    book = written(office, tmp_path)
    late, held = row_of(book["超期清单"], cases["overdue"]), row_of(book["挂账清单"], cases["on_hold"])
    case = office.case(cases["overdue"])
    assert case.due_in_force is not None
    assert late["超期工作日"] == deadlines.days_late(case.due_in_force, MONDAY, (17, 30)) > 20
    assert row_of(book["台账"], cases["overdue"])["是否超期"] == "是"
    assert "细则还没有出台" in held["向诉求人的解释"]
    numbers = {line[1] for line in book["超期清单"].iter_rows(min_row=4, values_only=True)}
    assert cases["on_hold"] not in numbers


def test_the_sheets_of_numbers_agree_with_the_page(
    office: Office, cases: dict[str, str], tmp_path: Path
) -> None:
    book = written(office, tmp_path)
    heads = [cell.value for cell in book["月度统计"][3]]
    assert heads == ["月份", *(measure.title for measure in MEASURES)]
    lines = {
        line[0]: dict(zip(heads, line, strict=True))
        for line in book["月度统计"].iter_rows(min_row=4, values_only=True)
    }
    with reading(office.services.engine) as db:
        received = len(db.scalars(select(Appeal.id).where(Appeal.received_at >= year(2026).start)).all())
    assert lines["合计"]["收到"] == received == sum(lines[f"2026年{n}月"]["收到"] for n in range(1, 13))
    assert lines["合计"]["解决率"] == "100.0% (1/1)"
    assert any(line[0] == "区经信局" for line in book["分单位统计"].iter_rows(values_only=True))
    assert "响应率" in {line[0] for line in book["口径说明"].iter_rows(values_only=True)}


def test_an_empty_period_is_a_whole_book(office: Office, tmp_path: Path) -> None:
    book = written(office, tmp_path, period=year(2019))
    assert book.sheetnames == SHEETS
    assert str(book["台账"]["A4"].value).startswith("合计 0 件")
    assert len(LEDGER) + 1 == len(HEAD)


def ask(office: Office, who: str, **more: Any) -> LedgerRun:
    with office.desk(who) as desk:
        assert desk.by is not None
        return exporting.ask(desk, year(2026), **more)


def stands(office: Office, run: LedgerRun) -> LedgerRun:
    with reading(office.services.engine) as db:
        return db.get_one(LedgerRun, run.id)


def trail(office: Office, run: LedgerRun) -> list[AuditEntry]:
    wanted = select(AuditEntry).where(AuditEntry.subject == "ledger_run", AuditEntry.subject_id == run.id)
    found: list[AuditEntry] = office.rows(wanted.order_by(AuditEntry.id))
    return found


def test_a_worker_writes_the_file_and_the_asker_downloads_it(office: Office, cases: dict[str, str]) -> None:
    run = ask(office, "clerk")
    assert work.do_one_run(office.services) == 1
    done = stands(office, run)
    assert (done.state, done.done) == (runs.DONE, done.total)
    with office.desk("clerk") as desk:
        assert desk.by is not None
        file, name = exporting.download(desk, run.id)
    assert openpyxl.load_workbook(file).sheetnames == SHEETS
    assert name == "诉求台账_20260101-20261231.xlsx"
    assert [entry.action for entry in trail(office, run)] == ["ledger.export", "ledger.download"]
    assert trail(office, run)[0].detail == {"full": False, "day_from": "2026-01-01", "day_to": "2026-12-31"}
    assert work.do_one_run(office.services) == 0


def test_nobody_else_downloads_it_but_who_may_have_everything(office: Office, cases: dict[str, str]) -> None:
    run = ask(office, "clerk")
    work.do_one_run(office.services)
    with office.desk("leader") as desk:
        assert desk.by is not None
        assert exporting.download(desk, run.id)[0].is_file()
    with office.desk("dispatcher") as desk, pytest.raises(NotFound):
        assert desk.by is not None
        exporting.download(desk, run.id)


@pytest.mark.parametrize("who", ["unit", "auditor", "admin"])
def test_who_may_not_export(office: Office, who: str) -> None:
    with pytest.raises(Denied):
        ask(office, who)


def test_whole_contacts_need_the_right_and_a_reason(office: Office, cases: dict[str, str]) -> None:
    with pytest.raises(Denied):
        ask(office, "clerk", full=True, reason="报送")
    with pytest.raises(Refused, match="用途"):
        ask(office, "leader", full=True, reason="  ")
    run = ask(office, "leader", full=True, reason="报送区委统战部")
    assert trail(office, run)[0].reason == "报送区委统战部"
    assert trail(office, run)[0].detail["full"] is True
    work.do_one_run(office.services)
    file = runs.file_of(office.services, stands(office, run))
    assert file is not None
    assert row_of(openpyxl.load_workbook(file)["台账"], cases["overdue"])["联系电话"] == "13812348000"


def test_a_run_that_a_crash_left_is_taken_up_again(office: Office, cases: dict[str, str]) -> None:
    run = ask(office, "clerk")
    assert runs._claim_run(office.services) is not None  # a worker that is killed now
    assert work.do_one_run(office.services) == 0, "it is still held"
    with clock.frozen(MONDAY + runs.LEASE + timedelta(seconds=1)):
        assert work.do_one_run(office.services) == 1
    assert stands(office, run).state == runs.DONE


def test_a_run_that_kills_its_workers_is_given_up(office: Office) -> None:
    run = ask(office, "clerk")
    for number in range(runs.MOST_TRIES + 1):
        with clock.frozen(MONDAY + number * (runs.LEASE + timedelta(seconds=1))):
            runs._claim_run(office.services)
    assert stands(office, run).state == runs.FAILED
    assert "重新开始" in (stands(office, run).problem or "")


def test_a_worker_that_is_told_to_stop_gives_the_run_back(office: Office, cases: dict[str, str]) -> None:
    run = ask(office, "clerk")
    office.services.stopping.set()
    try:
        work.do_one_run(office.services)
    finally:
        office.services.stopping.clear()
    assert stands(office, run).state == runs.WAITING
    assert not list((office.services.storage.root / runs.FOLDER).glob("*.part"))
    work.do_one_run(office.services)
    assert stands(office, run).state == runs.DONE


def test_files_go_after_a_day(office: Office, cases: dict[str, str]) -> None:
    run = ask(office, "clerk")
    work.do_one_run(office.services)
    file = runs.file_of(office.services, stands(office, run))
    assert file is not None
    for hours, there in ((23, True), (25, False)):
        with clock.frozen(MONDAY + timedelta(hours=hours)), transaction(office.services.engine) as db:
            runs.forget_files(office.services, db)
        assert file.is_file() is there
    with office.desk("clerk") as desk, pytest.raises(NotFound, match="24 小时"):
        assert desk.by is not None
        exporting.download(desk, run.id)


def test_a_period_is_by_the_day_of_receipt(office: Office, cases: dict[str, str], tmp_path: Path) -> None:
    day = date(2026, 9, 24)
    book = written(office, tmp_path, period=Period(day, day))
    assert row_of(book["台账"], cases["overdue"])["提出时间"].date() == day
    assert str(book["台账"].cell(book["台账"].max_row, 1).value).startswith("合计 1 件")
