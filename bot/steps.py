"""The steps of one round of sending: each writes down that the message before arrived and that the next one may be
leaving, in one commit. On PostgreSQL a step is one statement on a connection that is kept for the round and holds
no transaction in between; SQLite has one writer, so there a step is a short transaction."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Update, bindparam, or_, select, update

from bot import clock
from bot.claiming import Letter
from bot.db import is_sqlite, statements
from bot.services import Services
from models.base import UTCDateTime
from models.delivery import Broadcast, BroadcastState, Delivery, DeliveryState

D = DeliveryState


class Steps:
    """A round's steps; leaving the block writes down the last success."""

    def __init__(self, services: Services) -> None:
        self._engine = services.engine
        self._lease = timedelta(seconds=services.config.delivery.lease_seconds)
        self._arrived: Letter | None = None
        self._kept: Connection | None = None

    def __enter__(self) -> Steps:
        if not is_sqlite(self._engine):
            self._kept = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        try:
            if self._arrived is not None:
                self._step(None)
        finally:
            if self._kept is not None:
                self._kept.close()

    def arrived(self, letter: Letter) -> None:
        """WeChat took this message; the next step, or the end of the round, writes it down."""
        self._arrived = letter

    def begin(self, letter: Letter) -> bool:
        """Mark a message SENDING. False when it may not leave: cancelled, its broadcast paused, or its lease taken
        over meanwhile."""
        return self._step(letter)

    def _step(self, starting: Letter | None) -> bool:
        moment, arrived = clock.now(), self._arrived
        values: dict[str, Any] = {"moment": moment}
        if arrived is not None:
            values["sent"] = arrived.id
        if starting is not None:
            values |= {"row": starting.id, "until": moment + self._lease}
        if self._kept is not None:
            begun = _run(self._kept, _one(arrived is not None, starting is not None), values)
        else:
            with statements(self._engine) as connection:
                if arrived is not None:
                    _run(connection, _one(True, False), values)
                begun = starting is not None and _run(connection, _one(False, True), values)
        self._arrived = None
        return begun


def _run(connection: Connection, statement: Any, values: dict[str, Any]) -> bool:
    result = connection.execute(statement, values)
    return bool(result.returns_rows and result.first() is not None)


@lru_cache
def _one(arrived: bool, leaving: bool) -> Any:
    if not leaving:
        return _arriving()
    return _leaving().add_cte(_arriving().cte("arrived")) if arrived else _leaving()


def _arriving() -> Update:
    done = {
        "state": D.SENT,
        "settled_at": _moment("moment"),
        "leased_until": None,
        "errcode": 0,
        "detail": None,
    }
    return (
        update(Delivery).where(Delivery.id == bindparam("sent"), Delivery.state == D.SENDING).values(**done)
    )


def _leaving() -> Any:
    # Of a finished one somebody has just asked for theirs. Two comparisons instead of an IN: SQLAlchemy writes an IN anew for every execution.
    going_on = or_(Broadcast.state == BroadcastState.SENDING, Broadcast.state == BroadcastState.DONE)
    going = select(Broadcast.id).where(Broadcast.id == Delivery.broadcast_id, going_on)
    mine = (
        Delivery.id == bindparam("row"),
        Delivery.state == D.LEASED,
        Delivery.leased_until > _moment("moment"),
    )
    free = or_(Delivery.broadcast_id.is_(None), going.exists())
    values = {"state": D.SENDING, "attempts": Delivery.attempts + 1, "leased_until": _moment("until")}
    return update(Delivery).where(*mine, free).values(**values).returning(Delivery.id)


def _moment(name: str) -> Any:
    return bindparam(name, type_=UTCDateTime())
