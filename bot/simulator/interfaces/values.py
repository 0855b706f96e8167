"""What a typed template value may be (platform §7.1). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.simulator.errors import CallRefused

KEY = re.compile(r"\{\{\s*(\w+)\.DATA\s*\}\}")
TYPE = re.compile(r"(\w+?)\d*")
RULES = {
    "thing": r".{1,20}",
    "phrase": r"[一-鿿]{1,5}",
    "number": r"-?\d[\d.]{0,31}",
    "letter": r"[A-Za-z]{1,32}",
    "symbol": r"[^\w\s]{1,5}",
    "character_string": r"[\x20-\x7e]{1,32}",
    "amount": r"[^\d\s]{0,3}\d{1,10}(\.\d+)?元?",
    "phone_number": r"[\d+\-() ]{1,17}",
    "car_number": r".{1,8}",
    "name": r"[一-鿿·]{1,10}|[A-Za-z .·]{1,20}",
    "time": r"(.*\d{1,2}[:：]\d{2}.*|\d{4}年\d{1,2}月\d{1,2}日.*)",
    "date": r"\d{4}[年\-/.]\d{1,2}[月\-/.]\d{1,2}.*",
    "const": r".{1,20}",
    "enum": r".{1,20}",
}


def check(template: str, data: object) -> dict[str, str]:
    """The values of all places of a template, in its order. Raises 47003 with the name of the bad one."""
    given: Mapping[str, Any] = data if isinstance(data, dict) else {}
    return {key: _value(key, given.get(key)) for key in KEY.findall(template)}


def _value(key: str, entry: Any) -> str:
    value = entry.get("value") if isinstance(entry, dict) else None
    if value is None or value == "":
        raise CallRefused(47003, f"data.{key}.value is empty")
    words = str(value)
    found = TYPE.fullmatch(key)
    rule = RULES.get(found[1]) if found else None
    if rule and not re.fullmatch(rule, words, re.DOTALL):
        raise CallRefused(47003, f"data.{key}.value invalid")
    return words
