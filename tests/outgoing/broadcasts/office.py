"""An office to broadcast from: colleagues of every role, followers, and broadcasts in any state."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import clock
from bot.core.actor import Actor
from bot.core.db import reading, transaction
from bot.outgoing.broadcasts import verbs
from bot.outgoing.broadcasts.states import fingerprint
from bot.runtime.services import ServiceActor, Services
from bot.staff import colleagues
from models.followers import Follower
from models.outgoing import (
    Broadcast,
    BroadcastEvent,
    BroadcastState,
    Channel,
    Delivery,
    DeliveryState,
)
from models.staff import Role, Staff, find_staff

S, D = BroadcastState, DeliveryState
EVERYBODY: dict[str, Any] = {"all": True}
COLLEAGUES = {
    "author": Role.CLERK,
    "clerk": Role.CLERK,
    "leader": Role.LEADER,
    "other leader": Role.LEADER,
    "admin": Role.ADMIN,
    "unit": Role.UNIT,
    "auditor": Role.AUDITOR,
}


@dataclass(frozen=True)
class Office:
    """A database with colleagues, and short ways to act in it."""

    services: Services

    def open(self) -> None:
        """Bring in the colleagues and one follower."""
        with transaction(self.services.engine) as db:
            for name, role in COLLEAGUES.items():
                colleagues.add(Actor(db, None), name, role)
            db.add(follower())

    @contextmanager
    def at_work(self) -> Iterator[Session]:
        """A transaction."""
        with transaction(self.services.engine) as db:
            yield db

    def query(self, statement: Any) -> list[Any]:
        """All rows of a select."""
        with reading(self.services.engine) as db:
            return list(db.scalars(statement))

    def actor(self, db: Session, name: str) -> ServiceActor:
        """This colleague, acting in a transaction."""
        return ServiceActor(db, colleague(db, name), self.services)

    def draft(self, **more: Any) -> int:
        """A new draft by the author, made by the verb; its id."""
        fields = {
            "title": "座谈会通知",
            "form": "text",
            "payload": {"text": "本周五座谈会"},
            "audience": "all",
        }
        with self.at_work() as db:
            return verbs.create(self.actor(db, "author"), **{**fields, **more}).id

    def do(self, verb: str, broadcast_id: int, by: str, *more: Any, **named: Any) -> Any:
        """Run a verb in a transaction of its own."""
        with self.at_work() as db:
            act = getattr(verbs, verb)
            one = db.get_one(Broadcast, broadcast_id)
            return act(self.actor(db, by), one, *more, **named)

    def approved(self, **more: Any) -> int:
        """A broadcast on the schedule, approved by the leader."""
        made = self.draft(**more)
        self.do("submit", made, "author")
        self.do("approve", made, "leader")
        return made

    def in_state(self, state: BroadcastState, **more: Any) -> int:
        """A broadcast as if it had come to this state."""
        with self.at_work() as db:
            broadcast = Broadcast(
                key=f"test:{secrets.token_hex(8)}",
                kind="broadcast",
                title="座谈会通知",
                form="text",
                payload={"text": "本周五座谈会"},
                audience=EVERYBODY,
                ways="custom,mass",
                urgent=False,
                state=state,
                author_id=colleague(db, "author").id,
                send_at=clock.now(),
                created_at=clock.now(),
            )
            for name, value in more.items():
                setattr(broadcast, name, value)
            broadcast.frozen = more.get("frozen", fingerprint(broadcast))
            db.add(broadcast)
            db.flush()
            return broadcast.id

    def rows(self, broadcast_id: int | None, states: Iterable[DeliveryState], **more: Any) -> list[int]:
        """Deliveries in these states; their ids."""
        with self.at_work() as db:
            made = [delivery(broadcast_id, state, **more) for state in states]
            db.add_all(made)
            db.flush()
            return [row.id for row in made]

    def broadcast(self, broadcast_id: int) -> Broadcast:
        """As it is now."""
        (found,) = self.query(select(Broadcast).where(Broadcast.id == broadcast_id))
        assert isinstance(found, Broadcast)
        return found

    def state(self, broadcast_id: int) -> BroadcastState:
        """Where it stands now."""
        return self.broadcast(broadcast_id).state

    def states_of(self, broadcast_id: int) -> list[DeliveryState]:
        """The states of its deliveries, in the order in which they were made."""
        return self.query(
            select(Delivery.state).where(Delivery.broadcast_id == broadcast_id).order_by(Delivery.id)
        )

    def life(self, broadcast_id: int) -> list[BroadcastEvent]:
        """Its events, oldest first."""
        mine = BroadcastEvent.broadcast_id == broadcast_id
        return self.query(select(BroadcastEvent).where(mine).order_by(BroadcastEvent.id))


def colleague(db: Session, name: str) -> Staff:
    found = find_staff(db, name)
    assert found is not None
    return found


def follower(**more: Any) -> Follower:
    """A new person who follows and has not written."""
    return Follower(**{"openid": f"o{secrets.token_hex(14)[:27]}", "subscribed": True, **more})


def delivery(broadcast_id: int | None, state: DeliveryState, **more: Any) -> Delivery:
    """A row to somebody."""
    openid = f"o{secrets.token_hex(14)[:27]}"
    moment: datetime = clock.now()
    usual: dict[str, Any] = {
        "key": f"b{broadcast_id}:{openid}",
        "broadcast_id": broadcast_id,
        "recipient": openid,
        "payload": {},
        "state": state,
        "channel": Channel.CUSTOM,
        "attempts": 1,
        "not_before": moment,
        "created_at": moment,
    }
    return Delivery(**{**usual, **more})
