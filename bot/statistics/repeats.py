"""未诉先办: matters of one category and street that come again and again within 30 days (domain §5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.statistics.local_time import local_day
from bot.statistics.period import Period
from models.appeals import Appeal, AppealState

WINDOW_DAYS, LEAST = 30, 3


@dataclass(frozen=True)
class Repeat:
    """A matter: how many cases came in its busiest 30 days, and which days those were."""

    category: str
    street: str
    most: int
    busiest: Period
    total: int


def repeats(db: Session, period: Period, limit: int = 20) -> list[Repeat]:
    """The matters of which at least three cases came within 30 days of the period, the busiest first. A merged case
    was said all the same; declined and withdrawn ones are left out."""
    counts = Appeal.state.not_in((AppealState.DECLINED, AppealState.WITHDRAWN))
    matter = (Appeal.category, Appeal.street)
    which = (period.holds(Appeal.received_at), counts, Appeal.street.is_not(None), Appeal.street != "")
    day = local_day(Appeal.received_at).label("day")
    rows: Iterable[Any] = db.execute(
        select(*matter, day, func.count()).where(*which).group_by(*matter, "day").order_by(*matter, "day")
    )
    found = [
        _busiest(category, street, [(date.fromisoformat(day), count) for _, _, day, count in days])
        for (category, street), days in groupby(rows, key=lambda row: (row[0], row[1]))
    ]
    often = [one for one in found if one.most >= LEAST]
    return sorted(often, key=lambda one: (-one.most, -one.total, one.category, one.street))[:limit]


def _busiest(category: str, street: str, days: Sequence[tuple[date, int]]) -> Repeat:
    """Slide a window of 30 calendar days over the days on which cases came."""
    most, best, first, inside = 0, (days[0][0], days[0][0]), 0, 0
    for day, count in days:
        inside += count
        while (day - days[first][0]).days >= WINDOW_DAYS:
            inside -= days[first][1]
            first += 1
        if inside > most:
            most, best = inside, (days[first][0], day)
    return Repeat(category, street, most, Period(*best), sum(count for _, count in days))
