"""After the storm: staff decide about what nobody can know, and people who could not be reached write."""

from __future__ import annotations

from functools import partial

from sqlalchemy import select

from bot.core.db import reading, transaction
from bot.outgoing.broadcasts import verbs
from bot.runtime.services import ServiceActor
from models.outgoing import Delivery, DeliveryState
from models.staff import find_staff
from tests.soak.accounts import Accounts
from tests.support.place import eventually
from tests.support.town import Town


def decide(town: Town, accounts: Accounts) -> int:
    """Staff look up each unknown row at WeChat: what arrived is so noted, the rest is sent again; how many."""
    again = 0
    for row in accounts.of(DeliveryState.UNKNOWN):
        arrived = row.openid in accounts.received
        with transaction(town.engine) as db:
            by = find_staff(db, "小李")
            assert by is not None
            actor = ServiceActor(db, by, town.services)
            verbs.settle_unknown(actor, row.id, "arrived" if arrived else "again")
        again += not arrived
    return again


def write(town: Town, openids: list[str], words: str) -> None:
    """People who had turned messages off turn them on again and write: now they see it, once, and its row says so."""
    for openid in openids:
        town.sim("follower", {"openid": openid, "refuses": False})
        eventually(partial(_heard, town, openid), 30)
    eventually(lambda: _states(town, openids) == {DeliveryState.SENT}, 30)
    seen = town.sim("received", contains=words)["received"]
    assert {openid: seen.get(openid) for openid in openids} == dict.fromkeys(openids, 1)


def _heard(town: Town, openid: str) -> bool:
    return not town.sim("say", {"openid": openid, "text": "您好"})["failed"]


def _states(town: Town, openids: list[str]) -> set[DeliveryState]:
    with reading(town.engine) as db:
        return set(db.scalars(select(Delivery.state).where(Delivery.recipient.in_(openids))))
