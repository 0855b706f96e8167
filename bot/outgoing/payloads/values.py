"""What a value of a template may be, by the type in its key (platform §7.1). Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from bot.outgoing.payloads.problem import Problem, line

_KEY = re.compile(r"([a-z]+(?:_[a-z]+)?)[0-9]{0,3}")
_CLOCK = r"(?:[01]?[0-9]|2[0-3])[:：][0-5][0-9](?::[0-5][0-9])?"
_DAY = r"[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
_TIME = re.compile(rf"(?:(?:{_DAY}) ?)?{_CLOCK}")
_DATE = re.compile(rf"(?:{_DAY})(?: ?{_CLOCK})?")
_DAY_PARTS = re.compile(r"([0-9]{4})[年-]([0-9]{1,2})[月-]([0-9]{1,2})")
GONE = ("first", "remark")  # filtered since 2023-05


def check_value(key: str, value: object) -> list[Problem]:
    """What is wrong with one value. A key of no known type is refused: it is mistyped, or of a withdrawn template."""
    where = f"data.{key}"
    found = _KEY.fullmatch(key)
    kind = _KINDS.get(found[1]) if found else None
    if key in GONE:
        return [Problem(where, "微信已不显示这个字段；请删去，把要紧的话写进其他字段。")]
    if kind is None:
        return [Problem(where, "没有这种字段；请照公众平台「模板详情」里的字段名写，如 thing1、time2。")]
    most, fits, wanted = kind
    if value is None or value == "":
        return [Problem(where, f"还没有填写；应为{wanted}。")]
    problems = line(where, value, most)
    if not problems and isinstance(value, str) and not fits(value):
        problems = [Problem(where, f"「{value}」不符合要求；应为{wanted}。")]
    return problems


def _like(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda value: compiled.fullmatch(value) is not None


def _moments(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    """One moment, or two with ~ between; days that the calendar does not have are refused."""

    def fits(value: str) -> bool:
        parts = [part.strip() for part in value.split("~")]
        return len(parts) <= 2 and all(pattern.fullmatch(part) and _is_a_day(part) for part in parts)

    return fits


def _is_a_day(moment: str) -> bool:
    found = _DAY_PARTS.match(moment)
    try:
        return found is None or bool(date(*map(int, found.groups())))
    except ValueError:
        return False


Kind = tuple[int, Callable[[str], bool], str]  # most characters, whether it fits, what is wanted
_KINDS: dict[str, Kind] = {
    "thing": (20, _like(r".+"), "20 个字以内的文字"),
    "phrase": (5, _like(r"[一-鿿]+"), "5 个以内的汉字，不带标点、字母和数字"),
    "number": (32, _like(r"-?[0-9]+(?:\.[0-9]+)?"), "32 位以内的数字，可带小数"),
    "letter": (32, _like(r"[A-Za-z]+"), "32 个以内的字母"),
    "symbol": (5, _like(r"[^\w\s]+"), "5 个以内的符号"),
    "character_string": (32, _like(r"[\x21-\x7e]+"), "32 位以内的数字、字母或英文符号，不能有汉字和空格"),
    "time": (40, _moments(_TIME), "时间，如 15:01 或 2026年11月23日 15:01，时间段用 ~ 连接"),
    "date": (40, _moments(_DATE), "日期，如 2026年11月23日，可加时间 15:01，时间段用 ~ 连接"),
    "amount": (
        20,
        _like(r"[¥￥$€£]?[0-9]{1,10}(?:\.[0-9]+)?元?"),
        "金额，10 位以内的数字，如 ¥100.00 或 100元",
    ),
    "phone_number": (17, _like(r"[0-9+\-() ]+"), "17 位以内的电话号码"),
    "car_number": (8, _like(r"[一-鿿]?[A-Za-z0-9]+[一-鿿]?"), "8 位以内的车牌号"),
    "name": (20, _like(r"[一-鿿·]{1,10}|[A-Za-z .·'\-]{1,20}"), "10 个以内的汉字，或 20 个以内的字母"),
    "const": (20, _like(r".+"), "模板登记的选项之一"),
    "enum": (20, _like(r".+"), "模板登记的选项之一"),
}
