"""The documents are true: what they link to and name exists, and where they send a reader, the thing stands."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.ledgers.appeal_columns import COLUMNS
from bot.ledgers.workbook import LEDGER
from bot.wechat.errors import Outcome, outcome
from tests.rules.source import ROOT, between_rooms, imports, read_modules

PAGE = ROOT / "docs" / "architecture.md"
TEXTS = {".py", ".md", ".html", ".toml", ".sh", ".conf", ".css", ".js", ".mako", ".service"}
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PATH = re.compile(r"(?<![\w/.-])(?:bot|handlers|models|tests|docs|benchmarks)/[\w./-]*\.py\b")
PICTURES = "docs/screenshots/"  # drawn by docs/screenshots.py, not kept


def tracked() -> Iterator[Path]:
    """Every file of ours that people read or write."""
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = (ROOT / name for name in names.splitlines())
    yield from (path for path in paths if path.suffix in TEXTS and path.is_file())


DOCUMENTS = sorted(path for path in tracked() if path.suffix == ".md" and "content" not in path.parts)


def linked(path: Path, text: str) -> set[Path]:
    """Where the relative links of a text lead."""
    targets = {target.partition("#")[0] for target in LINK.findall(text)}
    return {(path.parent / one).resolve() for one in targets if one and "://" not in one}


def rows_about(words: str) -> set[Path]:
    """The files that the page names in the row of a question."""
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("|") and words in line]
    assert len(rows) == 1, words
    return linked(PAGE, rows[0])


def file_about(words: str, name: str) -> str:
    """The text of one of these files."""
    found = [path for path in rows_about(words) if path.match(name)]
    assert len(found) == 1, f"{words} does not lead to {name}"
    return found[0].read_text()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_to_a_file(document: Path) -> None:
    lost = [path for path in linked(document, document.read_text()) if not path.exists()]
    kept = [path for path in lost if PICTURES not in path.as_posix()]
    assert kept == []


def test_the_documents_lead_to_each_other() -> None:
    assert {ROOT / "CONTRIBUTING.md", PAGE} <= linked(ROOT / "README.md", (ROOT / "README.md").read_text())
    assert PAGE in linked(ROOT / "CONTRIBUTING.md", (ROOT / "CONTRIBUTING.md").read_text())


def test_every_path_named_in_documents_and_comments_exists() -> None:
    named = {(path, name) for path in tracked() for name in PATH.findall(path.read_text())}
    assert len(named) > 50
    lost = [f"{path.relative_to(ROOT)}: {name}" for path, name in named if not (ROOT / name).exists()]
    assert sorted(lost) == []


def test_every_room_has_its_row() -> None:
    modules = read_modules()
    rooms = {room for room in between_rooms(modules, imports(modules)) if modules[room].is_package} - {
        "bot",
        "models",
    }
    assert len(rooms) > 15
    listed = set(re.findall(r"^\| \[(\w+)\]\(", PAGE.read_text(), re.MULTILINE))
    assert {room.removeprefix("bot.") for room in rooms} == listed


class TestWhereToChange:
    """Each question of a newcomer has a row, and the thing stands where the row leads."""

    def test_the_words_of_the_receipt(self) -> None:
        assert "诉求已提交。\\n编号：" in file_about("words of the receipt", "handlers/appeals.py")

    def test_the_deadline_of_a_consultation(self) -> None:
        question = "deadline of a 咨询"
        assert re.search(r"^consult_days = \d+", file_about(question, "config.example.toml"), re.MULTILINE)
        assert "consult_days: int" in file_about(question, "core/settings.py")
        assert "rules.consult_days" in file_about(question, "appeals/deadlines.py")

    def test_the_errcode_of_a_closed_window(self) -> None:
        assert outcome(45015) is Outcome.USER
        assert re.search(r"\b45015\b.*Outcome\.USER", file_about("closed window", "wechat/errcodes.py"))

    def test_the_columns_of_the_ledger(self) -> None:
        question = "columns of the ledger"
        first = LEDGER[0].title
        assert f'Column("{first}"' in file_about(question, "ledgers/workbook.py")
        assert "number=one.number" in file_about(question, "ledgers/appeal_rows.py")
        assert f'Column("{COLUMNS[0].key}", ("{first}"' in file_about(question, "ledgers/appeal_columns.py")

    def test_the_text_of_the_welcome(self) -> None:
        replies = tomllib.loads(file_about("text of the welcome", "content/replies.toml"))
        assert "欢迎关注" in replies["welcome"]
        assert 'say("welcome")' in file_about("text of the welcome", "handlers/following.py").replace(
            "'", '"'
        )

    def test_the_weekly_hour_of_a_series(self) -> None:
        series = tomllib.loads(file_about("weekly hour of a series", "series.toml"))
        assert {"weekday", "hour"} <= set(series)
