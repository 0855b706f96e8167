"""Functions stay short, and everything public says what it promises.

A function's lines are counted from its first statement after the docstring to its last, comments and blank lines
included, and those of functions inside it too. Half may have six lines at most, nine in ten at most sixteen.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from statistics import median, quantiles

from tests.rules.source import Function, Module, read_modules

MODULES = read_modules()


def body_lines(function: Function) -> int:
    """The lines of a function without its head and docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_functions_are_short() -> None:
    lines = [body_lines(function) for module in MODULES.values() for function in module.functions]
    assert len(lines) > 2000
    assert median(lines) <= 6
    assert quantiles(lines, n=10)[-1] <= 16


def test_every_module_says_what_it_is_for() -> None:
    assert [str(module) for module in MODULES.values() if not ast.get_docstring(module.tree)] == []


def test_every_public_class_and_function_says_what_it_promises() -> None:
    silent = [f"{module}: {node.name}" for module in MODULES.values() for node in _owing(module)]
    assert silent == []


def _owing(module: Module) -> Iterator[ast.ClassDef | Function]:
    """Public classes and functions at the top of a module that have no docstring and would need one.

    A step of the migrations is described by its file. A handler or a page is described by its route: what the
    citizen may say, with its Chinese help, or the page's address.
    """
    if module.name.startswith("models.migrations.versions."):
        return
    for node in module.tree.body:
        if isinstance(node, ast.ClassDef | Function) and not node.name.startswith("_"):
            yield from () if ast.get_docstring(node) or _is_routed(node) else (node,)


def _is_routed(node: ast.ClassDef | Function) -> bool:
    decorators = [ast.unparse(one) for one in node.decorator_list]
    return any(one.startswith(("router.", "page.")) for one in decorators)
