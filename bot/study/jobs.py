"""A weekly job per study series, made from its row, so that staff can move its hour."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from bot.core.db import reading
from bot.runtime.jobs import Job, jobs_from_rows
from bot.runtime.services import Services
from bot.study import releasing, series
from models.study import Series, enabled_series


@jobs_from_rows
def weekly_pushes(services: Services) -> list[Job]:
    """A job for each enabled series."""
    with reading(services.engine) as db:
        enabled = enabled_series(db)
    grace = timedelta(hours=services.config.scheduler.grace_hours)
    return [_weekly(one, grace) for one in enabled]


def _weekly(one: Series, grace: timedelta) -> Job:
    def latest(moment: datetime) -> datetime | None:
        return series.latest_occurrence(one, moment)

    def body(services: Services, db: Session, due_at: datetime) -> None:
        series.send_week(db, one.id, due_at, services.url)

    def waits(services: Services, due_at: datetime) -> bool:
        return releasing.is_waiting(services.engine, one.id, claim(due_at))

    claim = partial(series.claim_of, one)
    return Job(f"study:{one.slug}", f"每周推送：{one.title}", latest, grace, body, claim, waits)
