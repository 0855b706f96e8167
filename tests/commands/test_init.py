"""`tongxin init` writes a configuration that loads, for its owner only, and overwrites nothing unasked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from click.testing import Result

from bot.core.config import load
from bot.core.paths import EXAMPLE_CONFIG

pytestmark = pytest.mark.usefixtures("plain_environment")

Tongxin = Callable[..., Result]
ANSWERS = (
    "--non-interactive",
    "--appid=wx0123456789abcdef",
    "--secret=0123456789abcdef0123456789abcdef",
    "--public-url=https://gsl.example.gov.cn",
)


def test_it_writes_a_config_that_loads(tongxin: Tongxin, tmp_path: Path) -> None:
    path = tmp_path / "etc" / "config.toml"
    result = tongxin("--config", path, "init", *ANSWERS, "--not-verified", "--account-kind", "subscription")
    assert result.exit_code == 0, result.output
    config = load(path, {})
    assert (config.wechat.account_kind, config.wechat.verified) == ("subscription", False)
    assert config.wechat.secret.reveal() == "0123456789abcdef0123456789abcdef"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["config.toml"]
    for shown in (
        "https://gsl.example.gov.cn/wechat",
        config.wechat.token.reveal(),
        config.wechat.aes_key.reveal(),
    ):
        assert shown in result.output
    assert "IP 白名单" in result.output
    assert config.server.secret_key.reveal() not in result.output
    assert config.wechat.secret.reveal() not in result.output


def test_it_keeps_the_comments(tongxin: Tongxin, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    tongxin("--config", path, "init", *ANSWERS)
    comments = [
        line
        for line in EXAMPLE_CONFIG.read_text(encoding="utf-8").splitlines()
        if line.startswith(("#", "["))
    ]
    assert [
        line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith(("#", "["))
    ] == comments


def test_secrets_are_fresh_each_time(tongxin: Tongxin, tmp_path: Path) -> None:
    keys = []
    for name in ("a.toml", "b.toml"):
        tongxin("init", "--config", tmp_path / name, *ANSWERS)
        config = load(tmp_path / name, {})
        keys += [config.server.secret_key, config.wechat.token, config.wechat.aes_key]
    assert len({key.reveal() for key in keys}) == 6


def test_it_asks_until_the_answer_is_right(tongxin: Tongxin, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    answers = [
        "服务号",  # not a word it knows
        "service",
        "wx123",  # too short
        "wx0123456789abcdef",
        "0123456789abcdef",
        "",  # mode: the default
        "https://gsl.example.gov.cn/wechat",  # a path is too much
        "https://gsl.example.gov.cn",
        '西城区"工商联"',
        "n",
    ]
    result = tongxin("--config", path, "init", stdin="\n".join([*answers, ""]))
    assert result.exit_code == 0, result.output
    assert result.output.count("请重输") == 3
    assert "Error" not in result.output
    assert "0123456789abcdef\n" not in result.output.replace("wx0123456789abcdef", "")
    config = load(path, {})
    assert config.privacy.operator_name == '西城区"工商联"'
    assert (config.wechat.mode, config.wechat.verified) == ("secure", False)


def test_it_refuses_to_overwrite(tongxin: Tongxin, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("precious")
    result = tongxin("--config", path, "init", *ANSWERS)
    assert result.exit_code == 1
    assert "已经存在" in result.output
    assert "--force" in result.output
    assert path.read_text() == "precious"


def test_force_keeps_the_old_file(tongxin: Tongxin, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("precious")
    assert tongxin("--config", path, "init", "--force", *ANSWERS).exit_code == 0
    (kept,) = [each for each in tmp_path.iterdir() if each != path]
    assert kept.read_text() == "precious"
    assert kept.stat().st_mode & 0o777 == 0o600
    load(path, {})


def test_what_is_missing_is_wrong_use(tongxin: Tongxin, tmp_path: Path) -> None:
    result = tongxin("--config", tmp_path / "config.toml", "init", "--non-interactive")
    assert result.exit_code == 2
    assert "--appid、--secret、--public-url" in result.output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("option", "word"),
    [("--appid=wx1", "wx 加 16 位"), ("--mode=x", "安全模式"), ("--public-url=x", "http://")],
)
def test_a_wrong_option_is_explained(option: str, word: str, tongxin: Tongxin, tmp_path: Path) -> None:
    result = tongxin("--config", tmp_path / "config.toml", "init", *ANSWERS, option)
    assert result.exit_code == 2
    assert word in result.output
    assert "值不对" in result.output


def test_a_wrong_secret_is_not_shown(tongxin: Tongxin, tmp_path: Path) -> None:
    (tmp_path / "s").write_text("5ecre7 5ecre7\n")
    result = tongxin("--config", tmp_path / "c.toml", "init", *ANSWERS, "--secret-file", tmp_path / "s")
    assert result.exit_code == 2
    assert "没有空格" in result.output
    assert "5ecre7" not in result.output


def test_the_real_program_asks_nothing(process: Callable[..., CompletedProcess[str]], tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    (tmp_path / "s").write_text("0123456789abcdef0123456789abcdef\n")
    options = (*(each for each in ANSWERS if "--secret" not in each), "--secret-file", tmp_path / "s")
    done = process("--config", path, "init", *options)
    assert done.returncode == 0, done.stderr
    assert load(path, {}).wechat.secret.reveal() == "0123456789abcdef0123456789abcdef"
