"""The first admin, and whoever forgot the password: `tongxin staff` prints a link that opens the console once."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from bot.app import build_services, create_app
from bot.commands.cli import main
from bot.core import clock
from bot.core.config import load
from bot.core.db import connect, reading
from bot.staff import inbox, stand_ins
from models.audit import AuditEntry
from models.staff import Role, find_staff
from models.units import find_unit
from tests.console.visitor import Visitor
from tests.support.place import write_config

PASSWORD = "山上 有 一座 旧亭子"


@pytest.fixture
def config(new_database: Callable[[], str], tmp_path: Path) -> Path:
    return write_config(tmp_path, new_database(), 9)


def says(config: Path, *words: str, code: int = 0) -> str:
    result = CliRunner().invoke(main, ["staff", *words, "--config", str(config)])
    assert result.exit_code == code, result.output
    return result.output


def link_in(output: str) -> str:
    found = re.search(r"https?://[^/\s]+(/console/welcome/[\w-]+)", output)
    assert found, output
    return found.group(1)


def test_the_first_admin_comes_in_by_a_link(config: Path) -> None:
    first = link_in(says(config, "add", "周工", "--role", "管理员"))
    second = link_in(says(config, "link", "周工"))
    settings = load(config, environ={})
    visitor = Visitor(create_app(settings, build_services(settings)).test_client())
    visitor.get(first, 410)
    visitor.get(second)
    visitor.post(second, password=PASSWORD, again=PASSWORD)
    assert "周工" in visitor.sign_in("周工", PASSWORD).words
    assert second not in says(config, "list")


def test_people_of_a_unit_come_with_their_unit(config: Path) -> None:
    assert "--unit" in says(config, "add", "卫主任", "--role", "承办单位", code=2)
    says(config, "add", "卫主任", "--role", "承办单位", "--unit", "鲁谷街道办事处")
    engine = connect(load(config, environ={}).database.url)
    with reading(engine) as db:
        person, unit = find_staff(db, "卫主任"), find_unit(db, "鲁谷街道办事处")
    engine.dispose()
    assert person is not None
    assert unit is not None
    assert person.unit_id == unit.id


def test_what_is_done_on_the_server_is_told_to_all_officers(config: Path) -> None:
    says(config, "add", "陈主任", "--role", "分管领导")
    says(config, "add", "小林", "--role", "受理员", "--reason", "新来的")
    assert "--reason" in says(config, "role", "小林", "--role", "派单员", code=2)
    says(config, "role", "小林", "--role", "派单员", "--reason", "陈主任出差")
    day = f"{clock.today()}"
    says(config, "stand-in", "陈主任", "小林", "--from", day, "--to", day, "--reason", "陈主任住院")
    says(config, "link", "小林", "--reason", "忘了口令")
    forced = ["content", "import", "--force", "--reason", "恢复原文", "--config", str(config)]
    assert CliRunner().invoke(main, forced).exit_code == 0
    engine = connect(load(config, environ={}).database.url)
    with reading(engine) as db:
        actions = set(db.scalars(select(AuditEntry.action).where(AuditEntry.reason.is_not(None))))
        boss, clerk = find_staff(db, "陈主任"), find_staff(db, "小林")
        assert boss is not None
        assert clerk is not None
        told = " ".join(one.text for one in inbox.mine(db, boss))
        assert [one.stand_in.name for one in stand_ins.today(db)] == ["小林"]
    engine.dispose()
    assert clerk.role is Role.DISPATCHER
    assert actions == {"staff.shell", "stand_in.appoint", "content.force"}
    for reason in ("新来的", "陈主任出差", "陈主任住院", "忘了口令", "恢复原文"):
        assert reason in told


@pytest.mark.parametrize("weak", ["short", "password2026", "周工周工周工周工周工", "1111111111111"])
def test_a_password_from_a_file_is_no_weaker_than_one_from_the_page(
    config: Path, tmp_path: Path, weak: str
) -> None:
    file = tmp_path / "口令"
    file.write_text(weak, encoding="utf-8")
    said = says(config, "add", "周工", "--role", "管理员", "--password-file", str(file), code=1)
    assert "口令" in said
    assert weak not in said
