"""A period as a whole, as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from bot.statistics import figures, repeats, spread, visits
from bot.statistics.figures import Figures
from bot.statistics.period import Period
from bot.statistics.repeats import Repeat
from bot.statistics.spread import Spread
from bot.statistics.visits import Visit

MOST_REPEATS = 10


@dataclass(frozen=True)
class Overview:
    """The counts, how long it took, what came again, and where it came from."""

    figures: Figures
    contact: Spread
    resolve: Spread
    repeats: list[Repeat]
    visits: list[Visit]
    opinions: int


def overview(db: Session, period: Period) -> Overview:
    """Count a period for its page."""
    return Overview(
        figures.overall(db, period),
        spread.to_contact(db, period),
        spread.to_resolve(db, period),
        repeats.repeats(db, period, limit=MOST_REPEATS),
        visits.visits(db, period),
        visits.opinions(db, period),
    )
