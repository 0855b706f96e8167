"""调研走访 and meetings: how many there were and what they brought, and what became 社情民意."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.statistics import case_sets
from bot.statistics.period import Period
from models.appeals import Appeal

VISIT_CHANNELS = ("走访调研", "座谈会")


@dataclass(frozen=True)
class Visit:
    """One visit or meeting by its name in the ledger, and the cases that it brought."""

    channel: str
    name: str
    cases: int


def visits(db: Session, period: Period) -> list[Visit]:
    """Those with cases received in the period, by channel and the most fruitful first."""
    query = (
        select(Appeal.channel, Appeal.visit_ref, func.count())
        .where(
            case_sets.received(period), Appeal.channel.in_(VISIT_CHANNELS), Appeal.visit_ref.is_not(None),
            Appeal.visit_ref != "",
        )
        .group_by(Appeal.channel, Appeal.visit_ref)
    )  # fmt: skip
    found = [Visit(channel, name or "", cases) for channel, name, cases in db.execute(query)]
    return sorted(found, key=lambda one: (VISIT_CHANNELS.index(one.channel), -one.cases, one.name))


def opinions(db: Session, period: Period) -> int:
    """Cases received in the period that became 社情民意."""
    query = select(func.count(Appeal.id)).where(
        case_sets.received(period), Appeal.opinion_ref.is_not(None), Appeal.opinion_ref != ""
    )
    return db.scalar(query) or 0
