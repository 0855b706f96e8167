"""Two colleagues and a broadcast on its way, for tests of what goes out."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.core.actor import Actor
from bot.core.db import transaction
from bot.outgoing.broadcasts import verbs
from bot.runtime.services import ServiceActor
from bot.staff import colleagues
from models.outgoing import Broadcast, BroadcastState, Delivery, DeliveryState
from models.staff import Role, find_staff
from tests.support.place import Place, eventually


def colleague(place: Place, name: str, role: Role) -> None:
    """A colleague of this role, if there is none by the name."""
    with transaction(place.engine) as db:
        colleagues.add(Actor(db, None), name, role)


def send(place: Place, payload: dict[str, Any] | str, form: str = "text", **more: Any) -> int:
    """The id of a broadcast that one colleague wrote and another approved."""
    colleague(place, "王珊", Role.CLERK)
    colleague(place, "李敏", Role.LEADER)
    content = {"text": payload} if isinstance(payload, str) else payload
    settings: dict[str, Any] = {"audience": "all", "title": "一条群发", **more}
    with transaction(place.engine) as db:
        author = _actor(place, db, "王珊")
        made = verbs.create(author, form=form, payload=content, **settings)
        db.flush()
        verbs.submit(author, made)
        verbs.approve(_actor(place, db, "李敏"), made)
        return made.id


def act(place: Place, verb: Any, broadcast_id: int, *more: Any, by: str = "李敏") -> Any:
    """Let a colleague do something with a broadcast."""
    with transaction(place.engine) as db:
        broadcast = db.get(Broadcast, broadcast_id)
        assert broadcast is not None
        return verb(_actor(place, db, by), broadcast, *more)


def _actor(place: Place, db: Session, name: str) -> ServiceActor:
    found = find_staff(db, name)
    assert found is not None
    return ServiceActor(db, found, place.services)


def counts(place: Place, broadcast_id: int) -> dict[str, int]:
    """How many rows of a broadcast are in each state."""
    query = select(Delivery.state, func.count()).where(Delivery.broadcast_id == broadcast_id)
    found = place.query(lambda db: db.execute(query.group_by(Delivery.state)).all())
    return {DeliveryState(state).value: count for state, count in found}


def ends(place: Place, broadcast_id: int, seconds: float = 30, **expected: int) -> None:
    """Wait until all rows are where they should be; says what there was instead."""
    found: list[dict[str, int]] = []

    def there() -> bool:
        found[:] = [counts(place, broadcast_id)]
        return found[0] == expected

    try:
        eventually(there, seconds)
    except AssertionError as error:
        raise AssertionError(f"expected {expected}, found {found[0]}") from error


def state(place: Place, broadcast_id: int) -> BroadcastState:
    """The broadcast's state."""
    query = select(Broadcast.state).where(Broadcast.id == broadcast_id)
    return BroadcastState(place.query(lambda db: db.scalar(query)))
