"""The rates of domain §5 worked out case by case, as somebody with the ledger and a pencil would: no SQL, no sharing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.statistics.many import Life

BEIJING = ZoneInfo("Asia/Shanghai")
DONE = ("resolved", "closed")
NOT_OPEN = ("declined", "closed", "merged", "withdrawn")


def pencil(made: list[Life], first: date, last: date, column: str | None = None) -> dict[Any, dict[str, int]]:
    """Every count, for each value of a column (None: for all together)."""
    sums: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))

    def within(moment: datetime | None) -> bool:
        return moment is not None and first <= moment.astimezone(BEIJING).date() <= last

    for life in made:
        here = life.row[column] if column else None
        for name in _of_case(life, within, last):
            sums[here][name] += 1
        for sent in life.dispatches:
            if within(sent["at"]) and life.row["state"] not in ("declined", "withdrawn", "merged"):
                to = sent["unit_id"] if column == "unit_id" else here
                sums[to]["dispatches"] += 1
                sums[to]["upheld"] += sent["contest_upheld"] is True
    return {
        value: {k: n for k, n in counts.items() if n}
        for value, counts in sums.items()
        if any(counts.values())
    }


def _of_case(life: Life, within: Any, last: date) -> Iterator[str]:
    row, state = life.row, str(life.row["state"].value)
    final = _state_on(life, last)
    if within(row["received_at"]):
        yield "received"
        if state == "declined":
            yield from ("declined", "counted", row["decline_code"])
        elif state in ("withdrawn", "merged"):
            yield state
        else:
            yield "counted"
            if row["accepted_at"]:
                yield "accepted"
                if final in DONE:
                    yield "completed"
    if final and final not in NOT_OPEN:
        yield "open"
    if final == "on_hold":
        yield "parked"
    yield from _of_survey(life, within, state)
    if state not in ("declined", "withdrawn", "merged"):
        yield from _of_limits(row, within)
        yield from _of_moves(life, within)


def _of_limits(row: dict[str, Any], within: Any) -> Iterator[str]:
    contact, stood = row["contact_due_at"], row["paused_at"]
    if within(contact) and not (stood and stood <= contact):
        yield "contact_due"
        if row["first_contact_at"] and row["first_contact_at"] <= contact:
            yield "contacted"
    due = row["extended_due_at"] or row["due_at"]
    if within(due) and not (stood and stood <= due):
        yield "due"
        yield "on_time" if row["resolved_at"] and row["resolved_at"] <= due else "late"
    if within(row["closed_at"]):
        yield "closed"


def _of_moves(life: Life, within: Any) -> Iterator[str]:
    acts = {event["action"] for event in life.events if within(event["at"])}
    if acts & {"approved", "answered"}:
        yield "resolved"
        if any((a["solved"] or a["score"]) and not a["replaced"] for a in life.answers):
            yield "answered"
    if "reopened" in acts:
        yield "reopened"


def _of_survey(life: Life, within: Any, state: str) -> Iterator[str]:
    last = life.answers[-1] if life.answers else None
    if last is None or not within(last["at"]) or state in ("declined", "withdrawn"):
        return
    named = {"已解决": "solved", "部分解决": "partly", "未解决": "unsolved"}
    if last["solved"]:
        yield from ("solved_valid", named[last["solved"]])
    if last["score"]:
        yield "scored"
        if not last["score"].endswith("不满意"):
            yield "pleased"


def _state_on(life: Life, day: date) -> str:
    """The state at the end of a day; "" when it was not there yet."""
    state = ""
    for event in life.events:
        if event["at"].astimezone(BEIJING).date() <= day:
            state = str(event["to_state"].value)
    return state
