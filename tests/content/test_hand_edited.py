"""Files that colleagues edit by hand are checked when they are read: one slip costs its own entry, and is told by line."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bot.content import files
from bot.content.library import ABSENT
from bot.core import workdays
from bot.core.paths import CONTENT
from bot.understanding.phrases import load_phrases, usable_phrases

GOOD = "rest_days = [2027-01-01, 2027-01-04]\nworking_days = [2027-01-10]\n"
Calendar = Callable[[str | bytes], None]


@pytest.fixture
def calendar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Calendar:
    folder = tmp_path / "calendar"
    folder.mkdir()
    monkeypatch.setattr(workdays, "CALENDARS", folder)

    def write(content: str | bytes) -> None:
        (folder / "2027.toml").write_bytes(content.encode() if isinstance(content, str) else content)

    return write


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xef\xbb\xbf" + GOOD.encode(), ""),
        (GOOD.replace("2027-01-04", '"2027-01-04"'), ""),
        (f"# 元旦\n{GOOD}".encode("gbk"), "1: 不是 UTF-8 文本；请另存为 UTF-8 编码"),
    ],
)
def test_a_calendar_whose_days_are_plain_is_taken(
    content: str | bytes, told: str, calendar: Calendar, tmp_path: Path
) -> None:
    calendar(content)
    assert not workdays.is_workday(date(2027, 1, 4))
    assert workdays.is_workday(date(2027, 1, 10))
    assert not workdays.is_estimated(date(2027, 1, 4))
    assert told in "".join(_problems(tmp_path))


@pytest.mark.parametrize(
    ("content", "line", "told"),
    [
        (GOOD.replace("rest_days", "rest_day"), 1, "不认识的 rest_day；可用的是 rest_days、working_days"),
        ("[calendar]\n" + GOOD, 1, "不认识的 calendar"),
        (GOOD.replace("2027-01-01", "2026-01-01"), 1, "不是 2027 年的日子"),
        (GOOD.replace("2027-01-01", "20270101"), 1, "不是日期"),
        (GOOD.replace("[2027-01-10]", '"2027-01-10"'), 2, "应是日期的列表"),
        (GOOD.replace("2027-01-01", "2027-01-01T00:00:00"), 1, "不是日期"),
        (GOOD.replace("2027-01-10", "2027-01-04"), 1, "既写成放假又写成上班"),
        (GOOD.replace("]", "", 1), 1, "TOML 写法有误"),
        (GOOD + "rest_days = []\n", 3, "写了两次"),
        ("", 1, "缺少 rest_days（放假的日子）"),
        ("rest_days = []", 1, "缺少 working_days（调休上班的日子）"),
        (b"\x00\xff\xfe\x81", 1, "TOML 写法有误"),
    ],
)
def test_what_cannot_be_used_counts_as_not_announced(
    content: str | bytes, line: int, told: str, calendar: Calendar, tmp_path: Path
) -> None:
    calendar(content)
    assert not workdays.is_workday(date(2027, 1, 1))  # a festival is no working day, whatever the file says
    assert not workdays.is_workday(date(2027, 10, 1))
    assert workdays.is_estimated(date(2027, 3, 1))
    assert any(f"2027.toml:{line}: " in each and told in each for each in _problems(tmp_path))


def test_right_days_beside_a_wrong_one_are_taken(calendar: Calendar) -> None:
    calendar(GOOD.replace("2027-01-01", "2026-01-01"))
    assert not workdays.is_workday(date(2027, 1, 4))
    assert workdays.is_workday(date(2027, 1, 10))


def test_a_folder_in_place_of_the_file_and_a_wrong_name_are_told(calendar: Calendar, tmp_path: Path) -> None:
    (tmp_path / "calendar/2027.toml").mkdir()
    (tmp_path / "calendar/2028年.toml").write_text(GOOD)
    assert not workdays.is_workday(date(2027, 1, 1))
    told = " ".join(_problems(tmp_path))
    assert "2027.toml:1: 文件读不了" in told
    assert "2028年.toml:1: 文件名应是年份" in told


def test_promises_are_made_while_the_calendar_is_broken(calendar: Calendar) -> None:
    calendar(b"rest_days = [")
    from datetime import datetime

    promise = workdays.deadline(datetime.fromisoformat("2026-12-30T10:00:00+08:00"), 3)
    assert promise.estimated
    assert promise.at.date() == date(2027, 1, 5)


def _problems(root: Path) -> list[str]:
    (root / "policies").mkdir(exist_ok=True)
    return [f"{one.file}:{one.line}: {one.message}" for one in files.load(root).problems]


def test_phrases_with_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    shipped = (CONTENT / "phrases.toml").read_bytes()
    (tmp_path / "phrases.toml").write_bytes(b"\xef\xbb\xbf" + shipped)
    assert load_phrases(tmp_path / "phrases.toml") == load_phrases(CONTENT / "phrases.toml")


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ('[[phrases]]\nlabel = "helpp"\nweight = 5\nwords = "帮"\n', "不认识的标签"),
        ('[[phrases]]\nlabel = "help"\nwieght = 5\nwords = "帮"\n', "不认识的键 wieght"),
        ('[[phrases]]\nlabel = "help"\nweight = 5\nwords = "帮\n', "TOML 写法有误"),
        ('[[phrases]]\nlabel = "help"\nweight = 5\nwords = "<没有>…帮"\n', "没有在 [classes] 中列出"),
        ('[exactly]\nhelp = "帮"\n', "不认识的 exactly"),
    ],
)
def test_a_wrong_phrase_costs_itself_only(entry: str, told: str, tmp_path: Path) -> None:
    shipped = (CONTENT / "phrases.toml").read_text(encoding="utf-8")
    path = tmp_path / "phrases.toml"
    path.write_text(f"{shipped.rstrip()}\n\n{entry}", encoding="utf-8")
    phrases, complaints = usable_phrases(path)
    assert phrases == load_phrases(CONTENT / "phrases.toml")
    ((line, words),) = complaints
    assert told in words
    assert path.read_text(encoding="utf-8").splitlines()[line - 1].startswith(("[", "words", "help"))


def test_a_standing_text_that_cannot_be_said_is_replaced(tmp_path: Path) -> None:
    shipped = (CONTENT / "replies.toml").read_text(encoding="utf-8")
    broken = shipped.replace('greeting = "', "greeting = ", 1).replace("{incident}", "{number}")
    (tmp_path / "replies.toml").write_bytes(b"\xef\xbb\xbf" + broken.encode())
    said, whole = files.replies(tmp_path), files.replies(CONTENT)
    assert said == {name: text for name, text in whole.items() if name not in ("greeting", "failure")}
    assert ABSENT


def test_the_service_starts_and_answers_with_broken_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot import app
    from bot.understanding.understand import understand

    root = tmp_path / "content"
    shutil.copytree(CONTENT, root)
    for name in ("phrases.toml", "replies.toml"):
        (root / name).write_bytes(b"\xef\xbb\xbf" + (root / name).read_bytes() + b"\n[oops\n")
    monkeypatch.setattr(app, "CONTENT", root)
    library = app.shipped_library()
    assert understand("我要提诉求", library.index).intent == "appeal"
    assert "提诉求" in library.say("menu")
    assert {one.file for one in files.hand_edited_problems(root)} == {"phrases.toml", "replies.toml"}
