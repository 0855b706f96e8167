"""Long runs over a ledger, as a kind of work."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, literal_column, or_

from bot.ledger import working
from bot.work import MOMENT, Kind
from models.console import LedgerRun


def _ledger() -> ColumnElement[bool]:
    lost = and_(LedgerRun.state == literal_column("'running'"), LedgerRun.taken_until < MOMENT)
    return exists().where(or_(LedgerRun.state == literal_column("'waiting'"), lost))


KINDS = (Kind("ledger", working.round_, _ledger()),)
