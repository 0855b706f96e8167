"""The ledger's kind of work: one run at a time."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, literal_column, or_

from bot.ledgers import exporting, importing, runs
from bot.runtime.services import Services
from bot.runtime.work import MOMENT, WorkKind
from models.ledgers import LedgerRun

BODIES: dict[str, runs.Body] = {runs.EXPORT: exporting.write, runs.IMPORT: importing.work}


def do_one_run(services: Services) -> int:
    """Do one waiting run, or one that a crash left; 0 when there is none."""
    return runs.work(services, BODIES)


def _due() -> ColumnElement[bool]:
    lost = and_(LedgerRun.state == literal_column("'running'"), LedgerRun.taken_until < MOMENT)
    return exists().where(or_(LedgerRun.state == literal_column("'waiting'"), lost))


KINDS = (WorkKind("ledger", do_one_run, _due()),)
