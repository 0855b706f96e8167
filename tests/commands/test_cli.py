"""The command line: Chinese throughout, exit codes, verbs found by file."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import click
import pytest
from click.testing import Result

from bot.commands import cli
from bot.commands.click_chinese import CHINESE

pytestmark = pytest.mark.usefixtures("plain_environment")

Tongxin = Callable[..., Result]
FOR_PROGRAMMERS = {  # click's texts about wrongly written commands, and parts that we do not use
    "Could not determine name for option with declarations {decls!r}",
    "Name '{name}' defined twice",
    "Arguments take exactly one parameter declaration, got {length}: {decls}.",
    "Boolean option {decl!r} cannot use the same flag for true/false.",
    "Invalid start character for option ({option})",
    "Value must be an iterable.",
    "Unknown color {colour!r}",
    "d",
}
UNUSED_MODULES = {"_termui_impl.py", "_winconsole.py", "shell_completion.py", "utils.py"}


def test_help_lists_every_verb(tongxin: Tongxin) -> None:
    result = tongxin("--help")
    assert result.exit_code == 0
    for word in ("用法", "选项", "命令", "--config", "doctor", "init", *cli.verbs().values()):
        assert word[:12] in result.output
    for english in ("Usage", "Options", "Commands", "Show this"):
        assert english not in result.output


@pytest.mark.parametrize("verb", cli.verbs())
def test_every_verb_is_a_command_with_chinese_help(verb: str, tongxin: Tongxin) -> None:
    module = importlib.import_module(f"bot.commands.{verb.replace('-', '_')}")
    assert isinstance(module.command, click.Command)
    assert any("\u4e00" <= sign <= "\u9fff" for sign in cli.verbs()[verb])
    result = tongxin(verb, "--help")
    assert result.exit_code == 0
    assert "--config" in result.output
    assert "Show this" not in result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["doctro"], ["没有命令 doctro", "doctor", "--help"]),
        (["doctor", "--jsno"], ["没有选项 --jsno", "--json"]),
        (["doctor", "extra"], ["多了参数"]),
        (["doctor", "--config"], ["选项 --config 后面要写一个值"]),
        (["init", "--secret-file", "/no/such"], ["不存在", "--secret-file"]),
        (["doctor", "--json=1"], ["不带值"]),
    ],
)
def test_wrong_use_is_explained(arguments: list[str], words: list[str], tongxin: Tongxin) -> None:
    result = tongxin(*arguments)
    assert result.exit_code == 2
    for word in (*words, "错误："):
        assert word in result.output
    for english in ("Error", "No such", "Usage", "Did you"):
        assert english not in result.output


def test_a_config_error_has_no_traceback(valid: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from bot.commands.context import config_of

    path = tmp_path / "config.toml"
    path.write_text(valid.replace("[server]", "[server]\nport = 0"))

    @click.command()
    @click.pass_context
    def probe(ctx: click.Context) -> None:
        config_of(ctx)

    monkeypatch.setitem(cli.main.commands, "probe", probe)
    result = CliRunner().invoke(cli.main, ["--config", str(path), "probe"])
    assert result.exit_code == 1
    assert result.output.startswith(f"错误：配置文件 {path} 有 1 处需要改")
    assert "[server] port（第 2 行）：写的是 0，应为 1 到 65535 之间的整数" in result.output


def test_the_config_is_read_once_and_from_the_named_place(valid: str, tmp_path: Path) -> None:
    from bot.commands.context import Invocation

    path = tmp_path / "other.toml"
    path.write_text(valid)
    invocation = Invocation(path)
    first = invocation.config()
    path.unlink()
    assert invocation.config() is first


def test_the_program_starts_as_a_module(process: Callable[..., CompletedProcess[str]]) -> None:
    done = process("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("tongxin 版本")


def test_every_text_of_click_is_translated() -> None:
    texts = {
        text
        for file in Path(click.__file__).parent.glob("*.py")
        if file.name not in UNUSED_MODULES
        for text in _texts(file)
    }
    missing = {
        text
        for text in texts - CHINESE.keys() - FOR_PROGRAMMERS
        if not text.startswith(("Deprecation", "No options"))
    }
    assert missing == set()


def _texts(file: Path) -> set[str]:
    calls = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
    found = [
        node.args for node in calls if isinstance(node.func, ast.Name) and node.func.id in ("_", "ngettext")
    ]
    return {
        arg.value
        for args in found
        for arg in args
        if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
    }
