"""What pydantic found wrong, in Chinese words for the people who write content."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

Path = tuple[str | int, ...]
EXPECTED: dict[str, Callable[[dict[str, Any]], str]] = {
    "string_type": lambda c: "应是一段文字",
    "string_too_short": lambda c: f"太短，至少 {c['min_length']} 个字",
    "string_too_long": lambda c: f"太长，最多 {c['max_length']} 个字",
    "enum": lambda c: (
        f"应是 {c['expected'].replace(' or ', '、').replace(', ', '、').replace(chr(39), '')} 之一"
    ),
    "tuple_type": lambda c: "应是列表，每行以“- ”开头",
    "model_type": lambda c: "应是缩进的几个字段",
    "dict_type": lambda c: "应是缩进的几个字段",
    "too_long": lambda c: f"最多写 {c['max_length']} 条",
    "bool_parsing": lambda c: "应是 true 或 false",
    "bool_type": lambda c: "应是 true 或 false",
    "int_parsing": lambda c: "应是整数",
    "int_type": lambda c: "应是整数",
    "greater_than_equal": lambda c: f"不能小于 {c['ge']}",
    "less_than_equal": lambda c: f"不能大于 {c['le']}",
}
# What a text of a fixed form looks like, by its field.
FORMS = {
    "slug": "只用小写字母、数字和短横线，如 min-ying-31",
    "series": "只用小写字母、数字和短横线，如 min-ying",
    "date": "写成 2026-11-23、2026-11 或 2026",
    "url": "以 http:// 或 https:// 开头，中间没有空格",
    "source_url": "以 http:// 或 https:// 开头，中间没有空格；没有能打开的地址就不写",
    "phone": "只写数字和短横线，如 12345",
}


def mistakes(model: type[BaseModel], error: ValidationError) -> Iterator[tuple[Path, str]]:
    """Every mistake: where in the record, and what was expected."""
    for detail in error.errors(include_url=False):
        yield _mistake(model, detail)


def _mistake(model: type[BaseModel], detail: ErrorDetails) -> tuple[Path, str]:
    path, kind, context = detail["loc"], detail["type"], detail.get("ctx", {})
    if kind == "content":
        key = context["key"]
        return (path if path and path[-1] == key else (*path, key)), str(context["message"])
    owner, key = _owner(model, path)
    if kind == "missing":
        return path, f"缺少 {_label(owner, key)}；请补上这个字段"
    if kind == "extra_forbidden":
        known = "、".join(name for name in owner.model_fields if name != "body")
        return path, f"不认识的字段 {key}；可用的是 {known}"
    if kind.startswith(("date_", "datetime_")):
        return path, f"{_label(owner, key)} 应是日期，如 2026-11-23"
    if kind == "string_pattern_mismatch":
        return path, f"{_label(owner, key)} 应{FORMS.get(key, '对照样例改写')}"
    expected = EXPECTED.get(kind)
    return path, f"{_label(owner, key)} {expected(context) if expected else '的值不能用，请对照样例改写'}"


def _owner(model: type[BaseModel], path: Path) -> tuple[type[BaseModel], str]:
    """The model that holds the last named key of this path, and that key."""
    key = ""
    for part in path:
        if isinstance(part, int):
            continue
        if key and (inner := _inner(model, key)):
            model = inner
        key = part
    return model, key


def _inner(model: type[BaseModel], key: str) -> type[BaseModel] | None:
    field = model.model_fields.get(key)
    kinds = [field.annotation, *getattr(field.annotation, "__args__", ())] if field else []
    return next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), None)


def _label(model: type[BaseModel], key: str) -> str:
    field = model.model_fields.get(key)
    return f"{key}（{field.title}）" if field and field.title else key
