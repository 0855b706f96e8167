"""Ledgers of others: every bad line is named with its column and what to do; what is good comes in once, whole."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select, update

from bot.appeals.acts import dispatching
from bot.core import clock
from bot.core.db import reading, transaction
from bot.core.refusals import NotFound, Refused
from bot.core.sheets.reading import lines_of
from bot.ledgers import appeal_checking, appeal_columns, appeal_rows, importing, runs, template, work
from bot.ledgers.appeal_columns import COLUMNS
from bot.ledgers.appeal_rows import Scope
from bot.staff.rights import Denied
from bot.statistics import figures
from bot.statistics.period import month, year
from models.appeal_work import SurveyAnswer
from models.appeals import Appeal, AppealState, timeline
from models.audit import AuditEntry
from models.ledgers import LedgerRun
from tests.support.office import Office

S = AppealState
HEAD = [
    "编号", "提出时间", "来源渠道", "企业名称", "联系人", "联系电话", "诉求类型", "问题类别", "诉求内容", "主办单位", "办理时限",
    "办理结果", "办结时间", "是否解决", "满意度", "当前状态", "备注",
]  # fmt: skip
GOOD = dict(
    zip(
        HEAD,
        ["2025-7", "2025-03-05 09:30", "走访调研", "北京甲公司", "王小明", "13812340001", "求助", "融资", "银行不肯续贷。",
         "区经信局", "2025-03-14", "已解决：已协调续贷。", "2025-03-12", "已解决", "满意", "已销号", "电话回访"],
        strict=True,
    )
)  # fmt: skip


def line(**changed: str) -> dict[str, str]:
    return GOOD | changed


def open_line(**changed: str) -> dict[str, str]:
    """One that is not finished."""
    empty = dict.fromkeys(("办理时限", "办理结果", "办结时间", "是否解决", "满意度", "当前状态", "编号"), "")
    return GOOD | empty | changed


def as_csv(*rows: dict[str, str], encoding: str = "utf-8-sig", title: str = "") -> bytes:
    file = io.StringIO()
    writer = csv.writer(file)
    if title:
        writer.writerow([title])
    writer.writerow(HEAD)
    writer.writerows([[row[name] for name in HEAD] for row in rows])
    return file.getvalue().encode(encoding)


def as_xlsx(*rows: dict[str, Any]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["某区问题台账"])
    sheet.append(HEAD)
    for row in rows:
        sheet.append([row[name] for name in HEAD])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def upload(office: Office, data: bytes, name: str = "台账.csv", who: str = "leader") -> LedgerRun:
    with office.desk(who) as desk:
        assert desk.by is not None
        run = importing.ask(desk, name, data)
    work.do_one_run(office.services)
    return stands(office, run)


def confirm(office: Office, run: LedgerRun, *, only_good: bool = False) -> LedgerRun:
    with office.desk("leader") as desk:
        assert desk.by is not None
        importing.confirm(desk, run.id, only_good=only_good)
    work.do_one_run(office.services)
    return stands(office, run)


def stands(office: Office, run: LedgerRun) -> LedgerRun:
    with reading(office.services.engine) as db:
        return db.get_one(LedgerRun, run.id)


def problems(office: Office, data: bytes, name: str = "台账.csv") -> list[list[Any]]:
    found: list[list[Any]] = upload(office, data, name).wanted["problems"]
    return found


def cases(office: Office) -> int:
    with reading(office.services.engine) as db:
        return db.scalar(select(func.count(Appeal.id))) or 0


def case_with(office: Office, body: str) -> Appeal:
    found: list[Appeal] = office.rows(select(Appeal).where(Appeal.body == body))
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_a_finished_case_comes_in_with_its_whole_life(office: Office, encoding: str) -> None:
    body = f"{encoding} 银行不肯续贷。"
    run = confirm(
        office, upload(office, as_csv(line(编号=f"旧-{encoding}", 诉求内容=body), encoding=encoding))
    )
    assert (run.state, run.done) == (runs.DONE, 1)
    case = case_with(office, body)
    assert case.number.startswith("SQ20250305")
    assert (case.state, case.type, case.category, case.channel) == (S.CLOSED, "求助", "融资", "走访调研")
    assert clock.local(case.received_at) == datetime(2025, 3, 5, 9, 30, tzinfo=clock.SHANGHAI)
    assert (case.lead_unit, case.result_class, case.result) == ("区经信局", "已解决", "已协调续贷。")
    assert (case.phone, case.phone_tail, case.survey_solved, case.survey_score) == (
        "13812340001",
        "0001",
        "已解决",
        "满意",
    )
    assert [event.to_state for event in office.events(case.number)] == [
        S.SUBMITTED,
        S.ACCEPTED,
        S.RESOLVED,
        S.CLOSED,
    ]
    assert case.version == 4
    first = office.events(case.number)[0]
    assert (first.at, first.detail["old_number"], first.detail["words"]) == (
        case.received_at,
        f"旧-{encoding}",
        "电话回访",
    )


def test_the_numbers_of_that_month_hold_it(office: Office) -> None:
    period = month(2024, 5)
    row = line(
        编号="2024-1",
        提出时间="2024/5/6",
        办理时限="2024-05-16",
        办结时间="2024-05-15",
        诉求内容="二〇二四年的。",
    )
    confirm(office, upload(office, as_csv(row)))
    with reading(office.services.engine) as db:
        found = figures.overall(db, period)
        shown = [
            one for one in appeal_rows.rows(db, Scope(period), clock.now()) if one.body == "二〇二四年的。"
        ]
    for name in (
        "received",
        "accepted",
        "completed",
        "due",
        "on_time",
        "resolved",
        "answered",
        "closed",
        "solved",
        "pleased",
    ):
        assert found[name] == 1, name
    assert found["open"] == 0
    assert shown[0].remark == "原编号：2024-1；原备注：电话回访"


def test_what_is_not_finished_waits_for_the_dispatcher(office: Office) -> None:
    run = confirm(
        office,
        upload(office, as_csv(open_line(诉求内容="还没办。", 主办单位="已撤销的单位", 当前状态="办理中"))),
    )
    assert run.state == runs.DONE
    case = case_with(office, "还没办。")
    assert (case.state, case.unit_id) == (S.ACCEPTED, None)
    assert case.sign_due_at is not None
    assert case.sign_due_at > clock.now()
    office.do("dispatcher", dispatching.dispatch, case.number, "unit")
    assert office.case(case.number).state is S.DISPATCHED
    with reading(office.services.engine) as db:
        assert timeline(db, case.id)[0].detail["old_unit"] == "已撤销的单位"


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("待受理", S.SUBMITTED),
        ("挂账", S.ACCEPTED),
        ("", S.ACCEPTED),
        ("不予受理", S.DECLINED),
        ("撤回", S.WITHDRAWN),
    ],
)
def test_where_it_stands(office: Office, said: str, state: AppealState) -> None:
    body = f"状态「{said}」的诉求"
    confirm(office, upload(office, as_csv(open_line(诉求内容=body, 当前状态=said))))
    case = case_with(office, body)
    assert case.state is state
    assert case.decline_code == ("N9" if state is S.DECLINED else None)


def test_a_report_is_confidential_from_the_start(office: Office) -> None:
    confirm(office, upload(office, as_csv(open_line(诉求内容="举报的事", 诉求类型="举报"))))
    assert case_with(office, "举报的事").confidential


def test_a_workbook_with_titles_above_its_head_and_real_dates(office: Office) -> None:
    rows = line(编号="X-1", 诉求内容="来自表格。") | {
        "提出时间": datetime(2025, 3, 1, 8, 5),
        "联系电话": 13812340009,
    }
    run = confirm(office, upload(office, as_xlsx(rows), "台账.xlsx"))
    assert run.state == runs.DONE, run.problem
    case = case_with(office, "来自表格。")
    assert f"{clock.local(case.received_at):%Y-%m-%d %H:%M}" == "2025-03-01 08:05"
    assert case.phone == "13812340009"


def test_numbers_go_on_after_those_of_the_day(office: Office) -> None:
    rows = [open_line(提出时间="2023-02-01", 诉求内容=f"同一天第{n}件") for n in range(3)]
    confirm(office, upload(office, as_csv(*rows[:2])))
    confirm(office, upload(office, as_csv(rows[2])))
    numbers = sorted(case_with(office, f"同一天第{n}件").number for n in range(3))
    assert numbers == ["SQ20230201001", "SQ20230201002", "SQ20230201003"]


@pytest.mark.parametrize(
    ("changed", "column", "words"),
    [
        ({"诉求内容": ""}, "I 诉求内容", "不能为空"),
        ({"提出时间": ""}, "B 提出时间", "不能为空"),
        ({"提出时间": "去年三月"}, "B 提出时间", "应为日期"),
        ({"提出时间": "2025-02-30"}, "B 提出时间", "没有这个日期"),
        ({"提出时间": "2099-01-01"}, "B 提出时间", "以后的日期"),
        ({"诉求类型": "抱怨"}, "G 诉求类型", "应为：咨询、求助、投诉、举报、建议"),
        ({"问题类别": "天气"}, "H 问题类别", "应为：政策兑现"),
        ({"来源渠道": "传真"}, "C 来源渠道", "应为：公众号"),
        ({"办结时间": ""}, "M 办结时间", "请填写办结时间"),
        ({"办结时间": "2025-03-01"}, "M 办结时间", "早于提出时间"),
        ({"主办单位": "不存在的局"}, "J 主办单位", "请先在「承办单位」里添加"),
        ({"是否解决": "差不多"}, "N 是否解决", "应为：已解决、部分解决、未解决"),
        ({"当前状态": "已并案"}, "P 当前状态", "只保留主诉求一行"),
        ({"当前状态": "办理中"}, "P 当前状态", "请去掉办结时间"),
        ({"企业名称": "长" * 129}, "D 企业名称", "最多 128 个字"),
    ],
)  # fmt: skip
def test_a_bad_line_says_where_and_what_to_do(
    office: Office, changed: dict[str, str], column: str, words: str
) -> None:
    before = cases(office)
    good = open_line(诉求内容=f"好的一行 {column}{words}")
    run = upload(office, as_csv(good, line(编号="坏") | changed, title="某区台账"))
    assert (run.state, run.wanted["good"], run.wanted["bad"]) == (runs.CHECKED, 1, 1)
    found = run.wanted["problems"]
    assert [(one[0], one[1]) for one in found] == [(4, column)]  # a title line, the head, a good line
    assert words in found[0][2]
    with pytest.raises(Refused, match="只导入正确的行"):
        confirm(office, run)
    assert cases(office) == before


@pytest.mark.parametrize(
    "wrecked",
    [
        "1.38E+10",
        "1.3812E+10",
        "#########",
        "#NAME?",
        "1381234000",
        "138****0001",
        "68600000",
        "13812340001 王会计",
    ],
)
def test_a_wrecked_phone_is_its_lines_problem(office: Office, wrecked: str) -> None:
    (found,) = problems(office, as_csv(open_line(联系电话=wrecked, 诉求内容=f"电话 {wrecked}")))
    assert found[:2] == [2, "F 联系电话"]
    assert "应为 11 位手机号，或带区号的座机" in found[2]


def test_a_whole_phone_in_any_dress_is_one_appellant_and_strangers_are_none(office: Office) -> None:
    dresses = [
        "13812340777",
        '="13812340777"',
        "'13812340777",
        "\u202d13812340777\u202c",
        "138-1234-0777",
        "+86 13812340777",
    ]
    rows = [open_line(联系电话=phone, 诉求内容=f"穿衣 {n}") for n, phone in enumerate(dresses)]
    strangers = [open_line(联系电话=phone, 诉求内容=f"生人 {n}") for n, phone in enumerate(("", "无"))]
    confirm(office, upload(office, as_csv(*rows, *strangers)))
    same = [case_with(office, f"穿衣 {n}") for n in range(len(dresses))]
    assert {case.phone for case in same} == {"13812340777"}
    assert len({case.appellant for case in same}) == 1
    assert len({case_with(office, f"生人 {n}").appellant for n in range(2)} | {same[0].appellant}) == 3


def test_a_phone_that_excel_keeps_as_a_number_is_whole(office: Office) -> None:
    confirm(
        office, upload(office, as_xlsx(open_line(诉求内容="数字电话") | {"联系电话": 13812340888}), "a.xlsx")
    )
    assert case_with(office, "数字电话").phone == "13812340888"


def test_days_that_excel_counts_come_in_as_days(office: Office) -> None:
    row = open_line(诉求内容="序列号日期") | {"提出时间": 45721.3958333333}
    confirm(office, upload(office, as_xlsx(row), "a.xlsx"))
    assert f"{clock.local(case_with(office, '序列号日期').received_at):%Y-%m-%d %H:%M}" == "2025-03-05 09:30"


def test_excels_gbk_and_long_chinese_sentences_are_read(office: Office) -> None:
    body = "欠款€3000，催了又催，对方推说，年底，再说，" + "还是没有，" * 20
    data = (
        as_csv(open_line(诉求内容=body.replace("€", "@")))
        .decode("utf-8-sig")
        .encode("gbk")
        .replace(b"@", b"\x80")
    )
    assert upload(office, data).wanted["good"] == 1
    assert upload(office, as_csv(open_line(诉求内容=body + "二"))).wanted["good"] == 1


def test_an_open_quote_swallows_no_line(office: Office) -> None:
    whole = as_csv(open_line(编号="引号前", 诉求内容="一"), open_line(诉求内容="二"))
    run = upload(office, whole.replace("引号前".encode(), '"引号前'.encode()))
    assert run.state == runs.FAILED
    assert "引号" in (run.problem or "")


def test_all_mistakes_of_a_line_are_told_at_once(office: Office) -> None:
    found = problems(office, as_csv(line(诉求类型="抱怨", 问题类别="天气", 提出时间="?")))
    assert [one[1] for one in found] == ["B 提出时间", "G 诉求类型", "H 问题类别"]


def test_only_the_good_lines_when_somebody_says_so(office: Office) -> None:
    run = upload(office, as_csv(open_line(诉求内容="只要好的"), line(编号="坏2", 诉求类型="抱怨")))
    assert confirm(office, run, only_good=True).done == 1
    assert case_with(office, "只要好的")


def test_the_same_line_comes_in_once(office: Office) -> None:
    rows = [line(编号="D-1", 诉求内容="有编号"), open_line(诉求内容="没有编号")]
    confirm(office, upload(office, as_csv(*rows)))
    assert [one[2] for one in problems(office, as_csv(*rows))] == ["这一行以前导入过，请删去。"] * 2
    twice = [open_line(诉求内容="一样的"), open_line(诉求内容="一样的")]
    assert problems(office, as_csv(*twice)) == [[3, "I 诉求内容", "和第 2 行重复，请删去其中一行。"]]
    ours = office.file()
    assert "已有的诉求" in problems(office, as_csv(line(编号=ours)))[0][2]


def test_nothing_comes_in_when_the_last_line_fails(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs checked the same file; the second finds at its writing what the first has brought."""
    data = as_csv(open_line(诉求内容="先后一"), open_line(诉求内容="先后二"))
    first, second = upload(office, data), upload(office, data)
    confirm(office, first)
    before = cases(office)
    assert confirm(office, second).state == runs.FAILED
    assert "没有导入任何一行" in (stands(office, second).problem or "")
    assert cases(office) == before


def test_a_crash_while_writing_brings_nothing_twice(office: Office) -> None:
    run = upload(office, as_csv(open_line(诉求内容="写到一半")))
    assert confirm(office, run).state == runs.DONE
    with transaction(office.services.engine) as db:  # as if the worker had died after its commit
        db.execute(update(LedgerRun).where(LedgerRun.id == run.id).values(state=runs.WAITING))
    work.do_one_run(office.services)
    assert stands(office, run).state == runs.DONE
    assert case_with(office, "写到一半")


def test_who_may(office: Office) -> None:
    for who in ("clerk", "dispatcher", "unit", "auditor", "admin"):
        with pytest.raises(Denied):
            upload(office, as_csv(GOOD), who=who)
    run = upload(office, as_csv(open_line(诉求内容="别人的")))
    with office.desk("clerk") as desk, pytest.raises(Denied):
        assert desk.by is not None
        importing.confirm(desk, run.id)
    with office.desk("leader") as desk, pytest.raises(NotFound):
        assert desk.by is not None
        importing.confirm(desk, 10**6)


def test_an_import_is_in_the_trail(office: Office) -> None:
    run = confirm(office, upload(office, as_csv(open_line(诉求内容="留痕"))))
    wanted = select(AuditEntry).where(AuditEntry.action == "ledger.import", AuditEntry.subject_id == run.id)
    assert [entry.detail for entry in office.rows(wanted)] == [{"rows": 1}]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.xls", b"x", "另存为 .xlsx"),
        ("a.csv", b"", "空的"),
        ("a.csv", b"x" * (10 * 1024 * 1024 + 1), "超过 10 MB"),
    ],
)
def test_a_file_that_is_refused_at_once(office: Office, name: str, data: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words):
        upload(office, data, name)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x00\x01\x02\x03", "另存为 .xlsx"),
        (b"PK\x03\x04 broken", "另存为 .xlsx"),
        (b"\xff\xff\xff\xff", "编码"),
        ("随便,写写\n一,二\n".encode(), "没有找到表头"),
        (
            "提出时间,来源,企业名称,诉求类型\n2025-01-01,电话,甲,求助\n".encode(),
            "表头缺少：问题类别、诉求内容",
        ),
    ],
)
def test_a_file_that_is_no_ledger(office: Office, data: bytes, words: str) -> None:
    run = upload(office, data, "a.xlsx" if data.startswith(b"PK") else "a.csv")
    assert run.state == runs.FAILED
    assert words in (run.problem or "")


def test_the_template_can_be_filled_in_and_imported() -> None:
    data = template.workbook()
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert [cell.value for cell in book["台账"][1]] == [c.title + ("*" if c.needed else "") for c in COLUMNS]
    lines = lines_of(data, appeal_columns.key_named, importing.LIMITS, importing.SHEET)
    found = appeal_checking.check(lines, appeal_checking.Known(units={"区金融办"}), clock.now())
    assert [problem.words for problem in found.problems] == []
    assert len(found.entries) == 1  # the example


def test_our_own_export_comes_back_as_it_went(office: Office, tmp_path: Path) -> None:
    """A sign that was made harmless on the way out is the sign again."""
    body = "=1+1 是什么意思"
    rows = open_line(诉求内容="'" + body)
    confirm(office, upload(office, as_csv(rows)))
    assert case_with(office, body)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2026-1-5", "2026-01-05 00:00"), ("2026/01/05 14:30", "2026-01-05 14:30"), ("2026年1月5日", "2026-01-05 00:00"),
        ("２０２６．１．５", "2026-01-05 00:00"), ("20260105", "2026-01-05 00:00"), ("46027", "2026-01-05 00:00"), ("46027.6041666667", "2026-01-05 14:30"), ("2026-01-05 14:30:59", "2026-01-05 14:30"),
    ],
)  # fmt: skip
def test_days_however_they_are_written(said: str, day: str) -> None:
    assert f"{clock.local(appeal_columns.moment(said)):%Y-%m-%d %H:%M}" == day


def test_answers_are_rows_of_their_own(office: Office) -> None:
    confirm(office, upload(office, as_csv(line(编号="S-1", 诉求内容="有回访", 是否解决="否", 满意度=""))))
    case = case_with(office, "有回访")
    answers = office.rows(select(SurveyAnswer).where(SurveyAnswer.appeal_id == case.id))
    assert [(one.solved, one.score, one.at) for one in answers] == [("未解决", None, case.resolved_at)]


def test_a_year_is_named_by_its_day_of_receipt(office: Office) -> None:
    with reading(office.services.engine) as db:
        assert appeal_rows.count(db, Scope(year(2022))) == 0
