"""After a restore: numbers that may have been given since the backup are never given again."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Engine, inspect, select
from sqlalchemy.exc import DatabaseError

from bot.backup.afterwards import Restored
from bot.core import clock
from bot.core.db import next_number, reading
from models.appeal_work import DayCount
from models.appeals import Serial

KNOWN_GAP = 100  # above what the database in use says: it may itself be a copy that somebody put there
BLIND_GAP = 500  # when it says nothing: more cases than an office files in a day
PAPERS = "supervision"


def put_right(restored: Restored) -> None:
    """Let today's case numbers and this year's supervision papers go on above a gap. No number of an earlier day is
    given any more."""
    day = clock.local(restored.moment).date()
    value = _above_a_gap(restored, Serial, day=day)
    _above_a_gap(restored, DayCount, what=PAPERS, day=date(day.year, 1, 1))
    restored.say(
        f"今天的诉求编号从 SQ{day:%Y%m%d}{value + 1:03d} 接着编，督办单号也跳过一段：备份之后可能给过的编号不会再用。"
    )


def _above_a_gap(restored: Restored, model: type[Serial | DayCount], **key: Any) -> int:
    ours = restored.db.scalar(select(model.value).filter_by(**key)) or 0
    live = _in_use(restored.live, model, key)
    gap = BLIND_GAP if live is None else max(live - ours, 0) + KNOWN_GAP
    return next_number(restored.db, model, gap, **key)


def _in_use(live: Engine, model: type[Serial | DayCount], key: dict[str, Any]) -> int | None:
    """What the database in use has counted to; None when it does not know, being empty or damaged."""
    try:
        if not inspect(live).has_table(model.__tablename__):
            return None
        with reading(live) as db:
            return db.scalar(select(model.value).filter_by(**key)) or 0
    except DatabaseError:
        return None
