"""The checkpoints of one round of sending: each writes down that the message before arrived and that the next one may
be leaving, in one commit. A checkpoint is one statement on a connection that serves the whole round; between two of
them no transaction is open."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from datetime import timedelta
from functools import lru_cache
from types import TracebackType
from typing import Any

from sqlalchemy import Update, and_, bindparam, case, null, or_, select, update

from bot.core import clock
from bot.core.db import each_at_once, is_sqlite
from bot.outgoing.delivery.claim import Letter
from bot.runtime.services import Services
from models.base import UTCDateTime
from models.outgoing import Broadcast, BroadcastState, Delivery, DeliveryState

D = DeliveryState


class Checkpoints:
    """A round's checkpoints; leaving the block writes down the last success."""

    def __init__(self, services: Services) -> None:
        self._engine = services.engine
        self._lease = timedelta(seconds=services.config.delivery.lease_seconds)
        self._arrived: Letter | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Checkpoints:
        self._run = self._stack.enter_context(each_at_once(self._engine))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        with self._stack:
            if self._arrived is not None:
                self._write_down(None)

    def arrived(self, letter: Letter) -> None:
        """Remember that WeChat took this message; the next checkpoint, or the end of the round, writes it down."""
        self._arrived = letter

    def begin(self, letter: Letter) -> bool:
        """Mark a message SENDING. False when it may not leave: cancelled, its broadcast paused, or its lease taken
        over meanwhile."""
        return self._write_down(letter)

    def _write_down(self, starting: Letter | None) -> bool:
        moment, arrived = clock.now(), self._arrived
        values: dict[str, Any] = {"moment": moment}
        if arrived is not None:
            values["sent"] = arrived.id
        if starting is not None:
            values |= {"row": starting.id, "until": moment + self._lease}
        statement = _statement(is_sqlite(self._engine), arrived is not None, starting is not None)
        changed = self._run(statement, values)
        self._arrived = None
        return starting is not None and starting.id in changed


@lru_cache
def _statement(sqlite: bool, arrived: bool, leaving: bool) -> Any:
    if not (arrived and leaving):
        return _mark_sent() if arrived else _mark_sending()
    return _mark_both() if sqlite else _mark_sending().add_cte(_mark_sent().cte("arrived"))


def _mark_sent() -> Update:
    return update(Delivery).where(_has_arrived()).values(**_sent_values())


def _mark_sending() -> Any:
    return update(Delivery).where(_may_leave()).values(**_sending_values()).returning(Delivery.id)


def _mark_both() -> Any:
    """SQLite has no UPDATE inside another: one UPDATE of two rows, each with its own values."""
    first = Delivery.id == bindparam("sent")
    columns = {name: getattr(Delivery, name) for name in {**_sent_values(), **_sending_values()}}
    values = {
        name: case((first, _sent_values().get(name, column)), else_=_sending_values().get(name, column))
        for name, column in columns.items()
    }
    which = and_(or_(first, Delivery.id == bindparam("row")), or_(_has_arrived(), _may_leave()))
    return update(Delivery).where(which).values(**values).returning(Delivery.id)


def _has_arrived() -> Any:
    return and_(Delivery.id == bindparam("sent"), Delivery.state == D.SENDING)


def _sent_values() -> Mapping[str, Any]:
    done = bindparam(None, D.SENT, type_=Delivery.state.type, unique=True)
    return {
        "state": done,
        "settled_at": _moment("moment"),
        "leased_until": null(),
        "errcode": 0,
        "detail": null(),
    }


def _may_leave() -> Any:
    # A finished broadcast counts too: a person may just have asked for their message. Two comparisons instead of an
    # IN, which SQLAlchemy would write anew for every execution.
    going_on = or_(Broadcast.state == BroadcastState.SENDING, Broadcast.state == BroadcastState.DONE)
    going = select(Broadcast.id).where(Broadcast.id == Delivery.broadcast_id, going_on)
    free = or_(Delivery.broadcast_id.is_(None), going.exists())
    mine = Delivery.id == bindparam("row")
    return and_(mine, Delivery.state == D.LEASED, Delivery.leased_until > _moment("moment"), free)


def _sending_values() -> Mapping[str, Any]:
    away = bindparam(None, D.SENDING, type_=Delivery.state.type, unique=True)
    return {"state": away, "attempts": Delivery.attempts + 1, "leased_until": _moment("until")}


def _moment(name: str) -> Any:
    return bindparam(name, type_=UTCDateTime())
