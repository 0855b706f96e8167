"""What a segment may say: its keys, their values, and the same in Chinese. Values in, values out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from bot.core.refusals import Refusal
from bot.followers.profiles import CLOSED, FIELDS, ProfileError, canonical

ALL = "all"
EXCLUDE = "exclude"
EVERYBODY_WORDS = frozenset({"all", "全部", "全部关注者"})
LONGEST_WORD = 128
MOST_WORDS = 200
MOST_DAYS = 3650
MOST_CHARACTERS = 20_000

Segment = dict[str, Any]


class SegmentError(Refusal):
    """A segment that cannot be used; the text names the key in Chinese and says what may stand there."""


@dataclass(frozen=True)
class Criterion:
    """One key: its Chinese label, an example of its value, the check that normalises, and the words for it."""

    label: str
    example: str
    check: Callable[[object], Any]
    words: Callable[[Any], str]


def _list(value: object) -> list[str]:
    """One or several words, without repeats, in a fixed order."""
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list) or not given or len(given) > MOST_WORDS:
        raise ValueError(f"应为 1 到 {MOST_WORDS} 个词的列表")
    if any(not isinstance(one, str) or not 0 < len(one.strip()) <= LONGEST_WORD for one in given):
        raise ValueError(f"列表里每一项应为 1 到 {LONGEST_WORD} 个字的文字")
    return sorted({one.strip() for one in given})


def _closed(field: str, value: object) -> list[str]:
    try:
        return sorted({str(canonical(field, one)) for one in _list(value)})
    except ProfileError as error:
        raise ValueError(str(error)) from error


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("应为 true（是）或 false（否），不加引号")
    return value


def _days(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_DAYS:
        raise ValueError(f"应为 1 到 {MOST_DAYS} 之间的整数（天），不加引号")
    return value


def _listed(label: str, value: list[str]) -> str:
    return f"{label}：{'、'.join(value)}"


def _words(label: str, example: str, check: Callable[[object], Any] = _list) -> Criterion:
    return Criterion(label, example, check, partial(_listed, label))


CRITERIA: dict[str, Criterion] = {
    "tags": _words("标签", '["重点企业"]'),
    "chamber": _words(FIELDS["chamber"], '["科技商会"]'),
    **{
        field: _words(FIELDS[field], f'["{CLOSED[field][2]}"]', partial(_closed, field))
        for field in ("street", "industry", "size", "membership")
    },
    "young": Criterion(
        FIELDS["young"], "true", _flag, lambda yes: FIELDS["young"] if yes else f"不是{FIELDS['young']}"
    ),
    "series": _words("订阅的学习系列", '["fa-zhi"]'),
    "active_days": Criterion("最近几天联系过我们", "30", _days, "最近 {} 天联系过我们".format),
    "scene": _words("二维码来源", '["yaoqing"]'),
    "staff": _words("工作人员（试发）", '["张三"]'),
}
EXAMPLE = '{"street": ["八角"], "size": ["小", "微"], "exclude": {"tags": ["已联系"]}}'


def parse(text_or_obj: object) -> Segment:
    """The normalised segment of "all", 「全部」, a JSON text or a dict: values of one key are alternatives,
    keys must all hold, `exclude` leaves out the people who meet all of its keys. Raises SegmentError."""
    if isinstance(text_or_obj, str):
        if text_or_obj.strip() in EVERYBODY_WORDS:
            return {ALL: True}
        text_or_obj = _decoded(text_or_obj)
    if not isinstance(text_or_obj, Mapping):
        raise SegmentError(f"人群应为「全部」或一个 JSON 对象，例如 {EXAMPLE}")
    return _normalised(dict(text_or_obj))


def _decoded(text: str) -> object:
    if len(text) > MOST_CHARACTERS:
        raise SegmentError(f"人群条件太长（上限 {MOST_CHARACTERS} 个字）：人多时请先打标签，再按标签选人")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SegmentError(f"人群条件不是正确的 JSON，请检查引号和括号。例如 {EXAMPLE}") from error


def _normalised(given: dict[Any, Any]) -> Segment:
    whole, left_out = given.pop(ALL, None), given.pop(EXCLUDE, None)
    if whole not in (None, True):
        raise SegmentError("all 只能写 true；只发给一部分人时请去掉 all，改写其他条件")
    found = _criteria(given, inside="")
    if whole and found:
        raise SegmentError(f"all（全部）不能和 {next(iter(found))} 同时写：请去掉其中一个")
    if left_out is not None:
        if not isinstance(left_out, Mapping) or not left_out:
            raise SegmentError('exclude（排除）应为一个 JSON 对象，例如 {"exclude": {"tags": ["已联系"]}}')
        found[EXCLUDE] = _criteria(dict(left_out), inside="exclude 里的 ")
    if not found and not whole:
        raise SegmentError('人群条件是空的：全部关注者请写 "all"，否则请至少写一个条件')
    return {ALL: True, **found} if not found.keys() - {EXCLUDE} else found


def _criteria(given: Mapping[Any, Any], inside: str) -> Segment:
    if strange := [str(key)[:30] for key in given if key not in CRITERIA]:
        known = "、".join(f"{key}（{one.label}）" for key, one in CRITERIA.items())
        extra = "" if inside else "、exclude（排除）"
        raise SegmentError(f"{inside}{'、'.join(strange)} 不是可用的条件；可用的是 {known}{extra}")
    found: Segment = {}
    for key, criterion in CRITERIA.items():  # a fixed order, so that equal segments have equal texts
        if key not in given:
            continue
        try:
            found[key] = criterion.check(given[key])
        except ValueError as error:
            example = f'例如 {{"{key}": {criterion.example}}}'
            raise SegmentError(f"{inside}{key}（{criterion.label}）{error}。{example}") from error
    return found


def is_everybody(segment: Segment) -> bool:
    """Whether a normalised segment leaves nobody out."""
    return segment == {ALL: True}


def describe(segment: Segment) -> str:
    """A normalised segment in Chinese, as staff read it before they approve."""
    said = _described(segment) or "全部关注者"
    left_out = segment.get(EXCLUDE)
    return f"{said}；不含（{_described(left_out)}）" if left_out else said


def _described(segment: Segment) -> str:
    return "；".join(CRITERIA[key].words(value) for key, value in segment.items() if key in CRITERIA)
