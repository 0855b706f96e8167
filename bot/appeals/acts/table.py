"""All acts, found in the files of this folder, in the order of the office's work (domain §2.3, §6)."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Iterator
from importlib import import_module

from sqlalchemy.orm import Session

from bot.appeals import acts
from bot.appeals.acts.act import Act, may
from models.appeals import Appeal
from models.staff import Staff


def find_acts() -> dict[str, Act]:
    """Every act by its name. Raises ValueError when two have the same name or the same place."""
    found = sorted(set(_declared()), key=lambda act: act.order)
    for what in ("name", "order"):
        values = [getattr(act, what) for act in found]
        if len(set(values)) < len(values):
            raise ValueError(f"two acts have the same {what}: {sorted(values)}")
    return {act.name: act for act in found}


def _declared() -> Iterator[Act]:
    for module in pkgutil.iter_modules(acts.__path__, f"{acts.__name__}."):
        if module.name != __name__:
            yield from (
                value for value in vars(import_module(module.name)).values() if isinstance(value, Act)
            )


ACTS = find_acts()


def possible(case: Appeal, by: Staff | None, *, db: Session | None = None) -> list[Act]:
    """What this person can do with the case now, in the order of the table. Without `db` acts that depend on other
    rows (an open contest, a wish for more time) are offered and may be refused."""
    fitting = [act for act in ACTS.values() if case.state in act.states and may(act, case, by, db)]
    return [act for act in fitting if act.fits(case) and (db is None or act.fits_rows(db, case))]


def primary(case: Appeal, by: Staff, acts: Iterable[Act], *, db: Session) -> Act | None:
    """Which of these acts is the one to do next; None when this person has nothing to do with the case now."""
    mine = (act for act in acts if case.state in act.primary_in and act.primary_while(db, case, by))
    return next(mine, None)


def event_titles() -> dict[str, str]:
    """What the history calls the events that acts write."""
    return {event: title for act in ACTS.values() for event, title in act.events.items()}
