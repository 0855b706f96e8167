"""A database that cannot be used, a strange terminal and an address without a page: each a sentence that says what to do."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result

from tests.support.configs import ROOT, plain_environment, tongxin, valid, written

__all__ = ["plain_environment", "tongxin", "valid", "written"]
pytestmark = pytest.mark.usefixtures("plain_environment")
VERBS = (["run"], ["migrate"], ["staff", "list"], ["content", "import"], ["broadcast", "list"])


@pytest.fixture
def config(valid: str, written: Callable[[str], Path], filled_sqlite: Path) -> Path:
    """An installation on SQLite at head."""
    path = written(valid)
    (path.parent / "var").mkdir()
    shutil.copyfile(filled_sqlite, path.parent / "var/tongxin.db")
    return path


def change(config: Path, statement: str) -> None:
    with closing(sqlite3.connect(config.parent / "var/tongxin.db", isolation_level=None)) as connection:
        connection.execute(statement)


Tongxin = Callable[..., Result]


def refusals(tongxin: Tongxin, config: Path, *verbs: list[str]) -> list[str]:
    results = [tongxin("--config", config, *verb) for verb in verbs]
    assert [one.exit_code for one in results] == [1] * len(results)
    return [one.output for one in results]


def test_a_database_of_a_newer_program(config: Path, tongxin: Tongxin) -> None:
    change(config, "UPDATE alembic_version SET version_num = '0999'")
    for told in refusals(tongxin, config, *VERBS):
        assert "数据库是更新版本的程序写的" in told
        assert "tongxin restore" in told
        assert "migrate" not in told
    doctor = tongxin("--config", config, "doctor", "--offline").output
    assert "比程序新" in doctor
    assert "运行 tongxin migrate" not in doctor


@pytest.mark.parametrize(
    ("statements", "table"),
    [
        (
            [
                "CREATE TABLE _alembic_tmp_staff (id INTEGER)",
                "UPDATE alembic_version SET version_num = '0006'",
            ],
            "_alembic_tmp_staff",
        ),
        (["DELETE FROM alembic_version"], "inbound"),
        (["DROP TABLE alembic_version"], "inbound"),
    ],
)
def test_what_an_unfinished_migration_left(
    statements: list[str], table: str, config: Path, tongxin: Tongxin
) -> None:
    for statement in statements:
        change(config, statement)
    for told in refusals(tongxin, config, *VERBS):
        assert f"没做完的升级（表 {table}" in told
        assert "恢复升级前的备份" in told
    assert f"没做完的升级（表 {table}" in tongxin("--config", config, "doctor", "--offline").output


def test_a_file_that_is_no_database(config: Path, tongxin: Tongxin) -> None:
    (config.parent / "var/tongxin.db").write_bytes(b"GIF89a, or whatever it is" * 400)
    for told in refusals(tongxin, config, *VERBS, ["menu", "push"]):
        assert "不是 SQLite 数据库" in told
        assert "Traceback" not in told


def test_a_postgresql_that_is_away(config: Path, tongxin: Tongxin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGXIN_DATABASE__URL", "postgresql://u:hunter2@127.0.0.1:9/x")
    for told in refusals(tongxin, config, *VERBS):
        assert "确认数据库已启动" in told
        assert "hunter2" not in told


def test_a_mistake_of_ours_keeps_its_trace() -> None:
    from sqlalchemy.exc import IntegrityError

    from bot.commands.database_trouble import trouble_in_chinese

    assert trouble_in_chinese(ValueError("x")) is None
    assert trouble_in_chinese(IntegrityError("INSERT", {}, Exception("UNIQUE"))) is None


@pytest.mark.parametrize("encoding", ["gbk", "gb2312", "latin-1"])
def test_a_terminal_of_another_encoding_ends_no_verb(encoding: str, config: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "--config", str(config), "doctor", "--offline"],
        cwd=ROOT, env={"PYTHONIOENCODING": encoding, "PATH": "/usr/bin:/bin"}, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.stderr == b""
    if encoding.startswith("gb"):
        assert "√ 配置" in done.stdout.decode(encoding)


@pytest.mark.parametrize(
    ("path", "method", "status", "words"),
    [
        ("/", "GET", 404, "/console/"),
        ("/nothing", "GET", 404, "没有这个页面"),
        ("/p/anything", "POST", 405, "不能这样打开"),
        ("/p/anything", "GET", 503, "系统正在维护"),
        ("/s/anything", "GET", 503, "系统正在维护"),
        ("/console/sign-in", "PUT", 405, "不能这样打开"),
        ("/console/", "GET", 302, ""),
    ],
)
def test_pages_while_the_database_is_away(
    path: str, method: str, status: int, words: str, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.app import create_app
    from bot.core.config import load

    monkeypatch.setenv("TONGXIN_DATABASE__URL", "postgresql://u:hunter2@127.0.0.1:9/x")
    answer = create_app(load(config)).test_client().open(path, method=method)
    assert answer.status_code == status
    assert words in answer.text
    assert "Internal Server Error" not in answer.text
    assert status == 302 or 'lang="zh-CN"' in answer.text
