"""What was shown last, and when, so that 「要什么材料」 and 「第二个」 mean it: one thing that is talked about, and one list.

It lives in the conversation's memory under the names of `Kind`; whoever shows something calls `ctx.remember` with one of
these names, and the time is kept with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.chat.context import Context

BINDS = timedelta(minutes=30)  # later words are about something new
STAMPS = "shown_at"


class Kind(StrEnum):
    """What can be shown; the value is its name in the memory."""

    POLICY = "policy"  # a package or a guide: its slug
    CASE = "case"  # one of the person's own: its number
    SERIES = "series"  # a study series and the place of the item that was shown
    LIST = "list"  # the intents that its letters choose


@dataclass(frozen=True)
class LastShown:
    """Something that was shown, by its keys, and when."""

    kind: Kind
    keys: tuple[str, ...]
    at: datetime


def stamped(memory: Mapping[str, Any], named: Iterable[str], now: datetime) -> dict[str, Any]:
    """The memory with the time of everything among `named` that was shown just now, and without that of what is gone."""
    kinds = set(map(str, Kind))
    stamps = {**memory.get(STAMPS, {}), **{name: now.isoformat() for name in named if name in kinds}}
    kept = {name: at for name, at in stamps.items() if memory.get(name) is not None}
    return {**memory, STAMPS: kept} if kept else {name: v for name, v in memory.items() if name != STAMPS}


def thing(ctx: Context) -> LastShown | None:
    """The one thing that was shown last, if it still binds."""
    found = [one for kind in Kind if kind is not Kind.LIST and (one := last(ctx, kind))]
    return max(found, key=lambda one: one.at, default=None)


def listed(ctx: Context) -> LastShown | None:
    """The list that was shown last, if it still binds; its keys are empty where there was nothing to list."""
    return last(ctx, Kind.LIST)


def last(ctx: Context, kind: Kind) -> LastShown | None:
    """What was shown last of this kind, if it still binds."""
    keys, at = ctx.recalled(kind), (ctx.recalled(STAMPS) or {}).get(kind)
    if keys is None or at is None or ctx.now - datetime.fromisoformat(at) > BINDS:
        return None
    return LastShown(kind, (keys,) if isinstance(keys, str) else tuple(keys), datetime.fromisoformat(at))
