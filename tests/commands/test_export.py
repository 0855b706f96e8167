"""`tongxin export appeals` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from bot.commands.cli import main
from models.audit import AuditEntry
from tests.support.office import Office
from tests.support.variants import ON_SQLITE

pytestmark = [pytest.mark.usefixtures("monday"), ON_SQLITE]  # the statements: tests/ledgers/test_export.py


def export(office: Office, *words: str) -> Result:
    config = office.services.config.path
    return CliRunner().invoke(main, ["--config", str(config), "export", "appeals", *words])


def trail(office: Office) -> AuditEntry:
    found: AuditEntry = office.rows(
        select(AuditEntry).where(AuditEntry.action == "ledger.export").order_by(AuditEntry.id)
    )[-1]
    return found


def test_a_file_with_this_years_cases(office: Office, tmp_path: Path) -> None:
    number = office.file()
    out = tmp_path / "台账.xlsx"
    done = export(office, "--out", str(out), "--json")
    assert done.exit_code == 0, done.output
    sheet = openpyxl.load_workbook(out)["台账"]
    assert json.loads(done.stdout) == {"cases": sheet.max_row - 4}
    row = next(line for line in sheet.iter_rows(values_only=True) if number in line)
    assert "138****8000" in row
    assert "导出人：命令行" in str(sheet["A2"].value)
    assert trail(office).staff_id is None
    assert list(tmp_path.iterdir()) == [out]


def test_whole_contacts_with_name_and_reason(office: Office, tmp_path: Path) -> None:
    office.file()
    out = tmp_path / "a.xlsx"
    days = ("--from", "2026-11-01", "--to", "2026-11-30")
    done = export(office, *days, "--out", str(out), "--full", "--by", "同事leader", "--reason", "报送")
    assert done.exit_code == 0, done.output
    assert "2026年11月" in done.output
    assert any(
        "13812348000" in line for line in openpyxl.load_workbook(out)["台账"].iter_rows(values_only=True)
    )
    assert (trail(office).staff_id, trail(office).reason) == (office.people["leader"].id, "报送")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--out", "a.csv"), 2, "应为 .xlsx"),
        (("--out", "/nowhere/a.xlsx"), 2, "没有文件夹"),
        (("--out", "{}/a.xlsx", "--from", "2026-02-01", "--to", "2026-01-01"), 2, "早于"),
        (("--out", "{}/a.xlsx", "--full"), 2, "--by"),
        (("--out", "{}/a.xlsx", "--full", "--by", "同事leader"), 1, "用途"),
        (("--out", "{}/a.xlsx", "--full", "--by", "同事clerk", "--reason", "想看"), 1, "没有「导出含联系方式的台账」的权限"),
        (("--out", "{}/a.xlsx", "--by", "没有的人"), 1, "没有同事「没有的人」"),
    ],
)  # fmt: skip
def test_what_is_refused_says_what_to_do(
    office: Office, tmp_path: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    done = export(office, *(word.replace("{}", str(tmp_path)) for word in words))
    assert (done.exit_code, said in done.output) == (code, True), done.output
    assert list(tmp_path.iterdir()) == []
