"""Drill-down: the cases behind a number of the statistics page, as the list's address names them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Select, false

from bot.statistics import case_sets, period
from models.appeals import Appeal

KEYS = ("set", "from", "to", "by", "value")


def narrowed(query: Select[Appeal], arguments: Mapping[str, str]) -> tuple[Select[Appeal], str]:
    """The query within the set that `set=…&from=…&to=…&by=…&value=…` names, and the set in words; "" when none is
    named. A set that does not exist holds nothing."""
    wanted = arguments.get("set", "")
    if not wanted:
        return query, ""
    name, _, part = wanted.partition(".")
    days = period.between(arguments.get("from"), arguments.get("to"))
    title = case_sets.titles().get(wanted)
    which = None
    if days is not None and title is not None:
        which = case_sets.condition(name, part, days, arguments.get("by") or None, arguments.get("value"))
    if which is None or days is None:
        return query.where(false()), "没有这个统计口径"
    said = f"（{arguments['value']}）" if arguments.get("by") and arguments.get("value") else ""
    return query.where(which), f"{title}{said}，{days.label}"
