"""What a refusal says is read in a shell, in a browser and in the chat: below the doors no text speaks one of them."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest

from bot.commands.cli import main
from bot.commands.next_acts import CALLED, with_next_acts
from bot.core.refusals import Advice, Refusal
from bot.followers.sync import IF_THEY_LEFT, next_acts
from models.syncs import SyncRun

ROOT = Path(__file__).parents[2]
DOORS = ("bot/commands/", "bot/health/", "bot/simulator/")
OF_THE_SHELL = re.compile(r"(?<!-)--[a-z]|\btongxin |（[a-z-]+）")
BODIES = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@cache
def trees() -> list[tuple[str, ast.Module]]:
    """Every file of the service, parsed."""
    paths = sorted([*(ROOT / "bot").rglob("*.py"), *(ROOT / "handlers").glob("*.py")])
    return [
        (path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))) for path in paths
    ]


def classes() -> list[tuple[str, set[str]]]:
    """Every class with the names of its bases."""
    return [
        (node.name, {base.id for base in node.bases if isinstance(base, ast.Name)})
        for _name, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    ]


def kinds_of(*roots: str) -> set[str]:
    """The names of these classes and of all that derive from them."""
    found, new = set(roots), set(roots)
    while new:
        new = {name for name, bases in classes() if bases & new} - found
        found |= new
    return found


def texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The string literals of a file; docstrings are for developers."""
    documented = [node.body[0] for node in ast.walk(tree) if isinstance(node, BODIES) and node.body]
    docstrings = {id(first.value) for first in documented if isinstance(first, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


def test_no_text_below_the_doors_speaks_the_shell() -> None:
    said = [
        f"{name}:{line} {text}"
        for name, tree in trees()
        if not name.startswith(DOORS)
        for line, text in texts(tree)
        if OF_THE_SHELL.search(text)
    ]
    assert said == []


def test_every_class_of_exception_has_a_name_of_its_own() -> None:
    exceptions = kinds_of("Exception", "ValueError")
    named = Counter(name for name, _bases in classes() if name in exceptions)
    assert named["Refusal"] == 1
    assert [name for name, count in named.items() if count > 1] == []


def _called(func: ast.expr) -> str:
    return func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""


def acts_named() -> set[str]:
    """Every act that a refusal or a piece of advice names."""
    names = kinds_of("Refusal", "Advice", "Complaint", "Mistake")
    return {
        str(constant.value)
        for _name, tree in trees()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and _called(call.func) in names | {"say"}
        for argument in [*call.args[1:], *(each.value for each in call.keywords if each.arg == "acts")]
        if isinstance(argument, ast.Constant | ast.Tuple)
        for constant in ast.walk(argument)
        if isinstance(constant, ast.Constant) and re.fullmatch(r"[a-z_.]+", str(constant.value))
    } | set(next_acts(SyncRun(reason=f"名单少了很多人；{IF_THEY_LEFT}")))


def test_the_command_line_knows_every_act_that_is_named_and_no_other() -> None:
    assert acts_named() == set(CALLED)


@pytest.mark.parametrize("called", sorted(name for name in CALLED.values() if name.startswith("tongxin ")))
def test_what_the_command_line_names_is_there(called: str) -> None:
    command: click.Command = main
    words = called.split()[1:]
    with click.Context(main) as ctx:
        for word in [word for word in words if not word.startswith("--")]:
            assert isinstance(command, click.Group)
            found = command.get_command(ctx, word)
            assert found is not None, called
            command = found
    options = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options


def test_the_command_line_adds_its_words_to_a_refusal() -> None:
    assert (
        with_next_acts(Refusal("请先提交。", "broadcast.submit")) == "请先提交。（tongxin broadcast submit）"
    )
    assert (
        with_next_acts(Advice("请修改渠道。", ("channels", "reason"))) == "请修改渠道。（--ways、--reason）"
    )
    assert with_next_acts(Refusal("没有这个标签。")) == "没有这个标签。"
