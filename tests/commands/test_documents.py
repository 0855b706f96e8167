"""Every command that a document shows: read by a real shell, and done on a running service, or named here with a reason."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from bot.commands.cli import main, verbs
from bot.core.db import transaction
from models.study import Item
from tests.support.place import Place

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "deploy/postgresql.md", *(f"docs/{one.name}" for one in sorted((ROOT / "docs").glob("*.md"))))  # fmt: skip
BLOCK = re.compile(r"^( *)```(?:sh|bash|cron)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
PROGRAMS = {"tongxin", "make", "python", "apt", "useradd", "install", "cp", "sed", "crontab", "rm", "systemctl", "journalctl", "nginx", "curl", "git", "createuser", "createdb", "psql"}  # fmt: skip
WITHIN = {"sudo", *PROGRAMS}  # what a code span within a sentence begins with when it is a command

# Of the machine, not of ours: the shell reads it, and what of ours it names is there.
OF_THE_MACHINE = {
    "apt": "installs packages of the system",
    "useradd": "makes a user of the system",
    "install": "places files of the system; tests/backup/test_handbook.py does it for backups",
    "cp": "copies what tests/rules/test_deploy.py gives to nginx and systemd",
    "sed": "test_the_paths_of_a_server_are_set_by_the_command_of_the_handbook does it",
    "crontab": "opens an editor",
    "rm": "removes what an earlier version installed",
    "systemctl": "needs systemd as the first process",
    "journalctl": "needs systemd's journal",
    "nginx": "tests/rules/test_deploy.py starts it",
    "createuser": "needs a PostgreSQL of the system",
    "createdb": "needs a PostgreSQL of the system",
    "psql": "needs a PostgreSQL of the system",
    "git": "changes the clone's settings",
    "python": "a suite or a benchmark of minutes; what it names is there",
    "curl": "asks the address of a server",
}
# Verbs of ours that do not end, or that other tests do in full: here the command line reads them.
ELSEWHERE = {
    ("run",): "serves until it is told to stop: tests/runtime, tests/rules/test_deploy.py",
    ("web",): "the same",
    ("scheduler",): "the same",
    ("worker",): "the same",
    ("demo",): "the same, with a simulator",
    ("simulator",): "the same",
    ("init",): "asks questions: tests/commands/test_init.py",
    ("backup",): "tests/backup/test_handbook.py does it as it is written",
    ("restore",): "tests/backup/test_handbook.py does it as it is written",
}
# Done here, and refused with a sentence, because what it is about has not happened.
REFUSED = {
    ("broadcast", "resume"): "nothing is paused",
    ("broadcast", "pause"): "nothing is being sent any more",
    ("broadcast", "cancel"): "nothing is under way any more",
    ("broadcast", "settle"): "no result is unknown",
    ("doctor",): "the address of the test is no public one",
}
IN_PLACE_OF = {"编号": "1", "行号": "1", "姓名": "陈主任", "作者": "小林", "系列或标识": "fa-zhi", "名册.csv": "members.csv", "通知.txt": "notice.txt", "一句话": "我要提诉求"}  # fmt: skip
PLACEHOLDERS = {"命令", "文件夹", "备份文件"}  # a sentence about commands, not one to copy


@dataclass(frozen=True)
class Line:
    """A line that a reader copies, and where it stands."""

    document: str
    text: str
    in_sentence: bool


@cache
def shown() -> tuple[Line, ...]:
    """Every line of a code block, and every command within a sentence, in their order."""
    found = []
    for name in DOCUMENTS:
        text = (ROOT / name).read_text(encoding="utf-8")
        prose = BLOCK.sub(lambda block: " " * len(block[0]), text)
        spots = [
            (one.start(), line.strip(), False) for one in BLOCK.finditer(text) for line in one[2].splitlines()
        ]
        spots += [(one.start(), one[1], True) for one in SPAN.finditer(prose) if _is_command(one[1])]
        spots.sort(key=lambda spot: spot[0])
        found += [Line(name, line, inside) for _, line, inside in spots if line and not line.startswith("#")]
    return tuple(dict.fromkeys(found))


def _is_command(span: str) -> bool:
    words = span.replace(".venv/bin/", "").split()
    if words[0] in verbs() and len(words) > 1 and re.fullmatch(r"[a-z-]+", words[1]):
        return "｜" not in span  # 「followers import 名册.csv」 in a sentence about tongxin
    return words[0] in WITHIN and len(words) > 1 and "｜" not in span


@dataclass(frozen=True)
class Call:
    """One program that a line starts, with its arguments as a shell makes them."""

    line: Line
    program: str
    arguments: tuple[str, ...]


@pytest.fixture(scope="session")
def dialect() -> str:
    """The words of the documents are the same on both."""
    return "sqlite"


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Call, ...]:
    """What the lines start: a shell reads each, with programs that only write down how they were called."""
    tools = tmp_path_factory.mktemp("tools")
    noted = tools / "called"
    for name in PROGRAMS:
        (tools / name).write_text(
            f'#!/bin/sh\nprintf "%s\\0" {name} "$@" >> {noted}\nprintf "\\n\\0" >> {noted}\n'
        )
        (tools / name).chmod(0o700)
    (tools / "sudo").write_text('#!/bin/sh\n[ "$1" = -u ] && shift 2\nexec "$@"\n')
    (tools / "sudo").chmod(0o700)
    return tuple(call for line in shown() for call in _started(line, tools, noted))


def _started(line: Line, tools: Path, noted: Path) -> Iterator[Call]:
    text = re.sub(r"^[\d*]+ [\d*]+ \* \* \* ", "", line.text)  # a line of crontab
    text = re.sub(r"(?:/usr/local/bin/|\.venv/bin/)(?=\w)", "", text)
    if text.split()[0] in verbs() and text.split()[0] not in PROGRAMS:
        text = f"tongxin {text}"
    noted.write_text("")
    script = f"cd() {{ :; }}; {text}"
    read = subprocess.run(["bash", "-euc", script], env={"PATH": str(tools)}, capture_output=True, text=True, timeout=20, check=False, executable="/bin/bash")  # fmt: skip
    assert read.returncode == 0, f"{line.document}: {line.text}\n{read.stderr}"
    for one in noted.read_text().split("\n\0")[:-1]:
        program, *arguments = one.split("\0")[:-1]
        yield Call(line, program, tuple(arguments))


def test_every_line_starts_something_that_is_known(calls: tuple[Call, ...]) -> None:
    assert len(calls) > 80
    assert {call.line for call in calls} == set(shown())
    assert {call.program for call in calls} <= {"tongxin", "make", *OF_THE_MACHINE}


def test_every_target_of_make_is_there(calls: tuple[Call, ...]) -> None:
    targets = {word for call in calls if call.program == "make" for word in call.arguments if "=" not in word}
    assert {"production", "demo", "test"} <= targets
    done = subprocess.run(
        ["make", "-n", *sorted(targets)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def test_what_other_programs_are_given_of_ours_is_there(calls: tuple[Call, ...]) -> None:
    named = [
        word
        for call in calls
        for word in call.arguments
        if re.match(r"(?:deploy|tests|docs)/[\w./*@-]+$", word)
    ]
    assert len(named) >= 4
    assert [word for word in named if not list(ROOT.glob(word))] == []
    modules = [call.arguments[1] for call in calls if call.program == "python" and call.arguments[0] == "-m"]
    assert [
        one for one in modules if one != "pytest" and not (ROOT / f"{one.replace('.', '/')}.py").exists()
    ] == []


def test_every_command_of_ours_does_what_the_document_says(
    place: Place, calls: tuple[Call, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = [call for call in calls if call.program == "tongxin" and not PLACEHOLDERS & set(call.arguments)]
    assert len(ours) > 40
    monkeypatch.chdir(place.folder)
    document = ""
    person = _prepare(place)
    for call in ours:
        if call.line.document != document:
            document = call.line.document
            _as_new(place)
        _do(place, call, person)


def _prepare(place: Place) -> str:
    """A follower who just wrote, and the files that the documents speak of; colleagues are added by the first of them."""
    person = place.citizen()
    person.says("菜单")
    Path("notice.txt").write_text("各位企业家：下周三下午有政策宣讲会。", encoding="utf-8")
    Path("members.csv").write_text(f"openid,企业名称\n{person.openid},京西科技有限公司\n", encoding="utf-8")
    return person.openid


def _as_new(place: Place) -> None:
    """Each document is followed on its own: nothing is released yet."""
    with transaction(place.engine) as db:
        db.execute(update(Item).values(author=None, reviewer=None, released_at=None))


def _do(place: Place, call: Call, openid: str) -> None:
    words = [IN_PLACE_OF.get(word, word).replace("OPENID", openid) for word in call.arguments]
    head = next(
        (key for key in (tuple(words[:2]), tuple(words[:1])) if key in ELSEWHERE or key in REFUSED), ()
    )
    told = f"{call.line.document}: {call.line.text}"
    result = _tongxin(place, [*words, "--help"] if head in ELSEWHERE else words)
    if result.exit_code == 2 and call.line.in_sentence and len(words) < 3:
        result = _tongxin(place, [*words, "--help"])  # `staff add`: a verb is named, without what it needs
    assert result.exit_code in ((0, 1) if head in REFUSED else (0,)), (
        f"{told}\n{result.output}\n{result.exception}"
    )
    assert result.exception is None or isinstance(result.exception, SystemExit), told


def _tongxin(place: Place, words: list[str]) -> Result:
    return CliRunner().invoke(main, ["--config", str(place.folder / "config.toml"), *words], input="y\ny\n")


def test_the_paths_of_a_server_are_set_by_the_command_of_the_handbook(
    calls: tuple[Call, ...], tmp_path: Path
) -> None:
    from bot.core.config import load

    (sed,) = [call.arguments for call in calls if call.program == "sed"]
    path = tmp_path / "config.toml"
    asked = ["--non-interactive", "--appid=wx0123456789abcdef", "--secret=0123456789abcdef0123456789abcdef", "--public-url=https://a.gov.cn"]  # fmt: skip
    assert CliRunner().invoke(main, ["--config", str(path), "init", *asked]).exit_code == 0
    subprocess.run(["sed", *sed[:-1], str(path)], check=True, env={"PATH": os.environ["PATH"]}, timeout=20)
    config = load(path, {})
    assert config.database.url == "sqlite:////var/lib/tongxin/tongxin.db"
    assert str(config.storage.path) == "/var/lib/tongxin/files"
