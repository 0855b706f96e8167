"""Who left while a message to them was in somebody's hands is taken out of it at night."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from bot.core import clock
from bot.core.db import reading, transaction
from bot.outgoing import single_messages
from bot.privacy import jobs
from models.followers import Follower
from models.outgoing import Delivery, DeliveryState
from tests.support.parts import services_for

D = DeliveryState
STAYS, LEFT = f"o{1:027d}", f"o{2:027d}"


@pytest.mark.parametrize(
    ("state", "after"),
    [(D.SENT, D.SENT), (D.UNKNOWN, D.UNKNOWN), (D.WAITING_CONTACT, D.CANCELLED), (D.SENDING, D.SENDING)],
)
def test_a_row_to_somebody_who_left_keeps_no_openid_once_it_is_settled(
    state: DeliveryState, after: DeliveryState, engine: Engine, tmp_path: Path
) -> None:
    with transaction(engine) as db:
        db.add(Follower(openid=STAYS, subscribed=True))
        for openid in (STAYS, LEFT):
            single_messages.queue_message(
                db, key=f"k:{openid}", recipient=openid, payload={"text": "私事"}, moment=clock.now()
            )
        for row in db.scalars(select(Delivery)):
            row.state = state
    with transaction(engine) as db:
        jobs.forget_people_who_left(services_for(engine, tmp_path), db, clock.now())
    with reading(engine) as db:
        kept, gone = db.scalars(select(Delivery).order_by(Delivery.id))
    assert (kept.recipient, kept.state, kept.payload) == (STAYS, state, {"text": "私事"})
    assert gone.state is after
    if after is not D.SENDING:
        assert (gone.recipient, gone.payload) == (None, {})
        assert LEFT not in gone.key
