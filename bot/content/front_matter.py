"""Markdown files with YAML between two `---` lines: read with the line of every key, and written back.

Every scalar stays a string, as in StrictYAML: the model decides what is a date or a number, so that 2023-02-30
or a country code «no» is a mistake of its field, and nothing in a file can build anything but text, lists and maps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

import yaml

from bot.core.refusals import Refusal

FENCE = "---"
DEPTH = 6  # levels of nesting; a record needs three
_PLAIN_TAGS = {"tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}
_FIRST_LINE = 2  # of the file: the line below the opening fence


class FrontMatterError(Refusal):
    """The file cannot be read; `line` is counted from 1, the text is for staff."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line, self.message = line, message


class _Loader(yaml.SafeLoader):
    """Text, lists and maps only; no repeated keys, no references, no deep nesting."""

    yaml_implicit_resolvers: dict[str, list[Any]] = {}  # noqa: RUF012 - the name is PyYAML's
    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            raise _error_at(event, "不支持用 * 引用；请把内容直接写出来")
        if self.depth >= DEPTH:
            raise _error_at(event, f"嵌套超过 {DEPTH} 层；请按样例的层次书写")
        self.depth += 1
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node


@dataclass(frozen=True)
class FrontMatter:
    """The head as plain text, lists and maps; `line` answers where a key stands; the body follows."""

    head: dict[str, Any]
    body: str
    body_line: int
    root: yaml.MappingNode

    def line(self, path: tuple[str | int, ...]) -> int:
        """The line of the deepest part of this path that the file has; a missing key gives the head's first."""
        if path[:1] == ("body",):
            return self.body_line
        node: yaml.Node = self.root
        line = 1
        for part in path:
            found = _child(node, part)
            if found is None:
                return line
            line, node = found
        return line


def parse(text: str) -> FrontMatter:
    """The parts of a file; FrontMatterError when it has no head or the head is not a map of plain values."""
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0].rstrip() != FENCE:
        raise FrontMatterError(1, "文件应以 --- 一行开头，下面写各字段")
    end = next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() == FENCE), None)
    if end is None:
        raise FrontMatterError(1, "字段后面缺少结束的 --- 一行")
    root = _compose("\n".join(lines[1:end]))
    body = "\n".join(lines[end + 1 :])
    start = next((i for i, line in enumerate(lines[end + 1 :], end + 2) if line.strip()), end + 1)
    head: dict[str, Any] = _plain(root)
    return FrontMatter(head, body, start, root)


def _compose(head: str) -> yaml.MappingNode:
    try:
        root = _Loader(head).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or ""
        message = (
            problem
            if problem and not problem.isascii()
            else "YAML 写法有误；检查缩进、冒号后的空格、引号是否成对"
        )
        raise FrontMatterError((mark.line if mark else 0) + _FIRST_LINE, message) from error
    except yaml.YAMLError as error:
        raise FrontMatterError(_FIRST_LINE, "含有不能显示的控制字符；请删去后重存为 UTF-8 文本") from error
    if not isinstance(root, yaml.MappingNode):
        raise FrontMatterError(_FIRST_LINE, "两行 --- 之间应是“字段: 值”，每行一个字段")
    return root


def _plain(node: yaml.Node) -> Any:
    if node.tag not in _PLAIN_TAGS:
        raise FrontMatterError(
            node.start_mark.line + _FIRST_LINE, f"不支持 {node.tag} 这样的类型标记；请直接写值"
        )
    if isinstance(node, yaml.MappingNode):
        return _plain_map(node)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item) for item in node.value]
    return node.value


def _plain_map(node: yaml.MappingNode) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise FrontMatterError(key.start_mark.line + _FIRST_LINE, "字段名应是一个词；请检查冒号和缩进")
        if key.value in values:
            raise FrontMatterError(
                key.start_mark.line + _FIRST_LINE, f"字段 {key.value} 写了两次；请只留一个"
            )
        if not _is_left_blank(value):
            values[key.value] = _plain(value)
    return values


def _is_left_blank(node: yaml.Node) -> bool:
    """`signed:` with nothing behind it means that the field is not given; '' in quotes is an empty text."""
    return isinstance(node, yaml.ScalarNode) and node.value == "" and node.style is None


def _child(node: yaml.Node, part: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == part:
                return key.start_mark.line + _FIRST_LINE, value
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        item = node.value[part]
        return item.start_mark.line + _FIRST_LINE, item
    return None


def _error_at(event: yaml.Event, message: str) -> yaml.MarkedYAMLError:
    return yaml.composer.ComposerError(None, None, message, event.start_mark)  # type: ignore[arg-type]


class _Dumper(yaml.SafeDumper):
    """Lists indented below their key, as staff write them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def dump(head: Mapping[str, Any], body: str) -> str:
    """The file that `parse` reads back to this head and body."""
    text = yaml.dump(_for_yaml(head), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10_000)
    return f"{FENCE}\n{text}{FENCE}\n" + (f"\n{body}\n" if body else "")


def _for_yaml(value: Any) -> Any:
    """A value as YAML knows it: enums by value, tuples as lists, empty parts of a map left out."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | bool | int):
        return value
    if isinstance(value, Mapping):
        return {k: _for_yaml(v) for k, v in value.items() if v is not None}
    if isinstance(value, list | tuple):
        return [_for_yaml(v) for v in value]
    return str(value)
