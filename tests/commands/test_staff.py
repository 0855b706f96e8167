"""The first admin, and whoever forgot the password: `tongxin staff` prints a link that opens the console once."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.app import build_services, create_app
from bot.commands.cli import main
from bot.core.config import load
from bot.core.db import connect, reading
from models.staff import find_staff
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


@pytest.mark.parametrize("weak", ["short", "password2026", "周工周工周工周工周工", "1111111111111"])
def test_a_password_from_a_file_is_no_weaker_than_one_from_the_page(
    config: Path, tmp_path: Path, weak: str
) -> None:
    file = tmp_path / "口令"
    file.write_text(weak, encoding="utf-8")
    said = says(config, "add", "周工", "--role", "管理员", "--password-file", str(file), code=1)
    assert "口令" in said
    assert weak not in said
