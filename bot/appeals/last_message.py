"""The last message that a person saw of a case, so that what they write next can be the answer to it.

The office's questions and the survey arrive by themselves: what counts is that the person has seen one and has said
nothing else since.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from bot.runtime.services import Services
from models.appeal_work import AppealMessage
from models.appeals import Appeal, AppealState
from models.inbound import Inbound
from models.outgoing import Delivery, DeliveryState

S = AppealState
SPEAKING = ("text", "image", "voice", "video", "shortvideo", "location", "link", "click")
ASKING = (S.NEED_INFO, S.RESOLVED, S.MERGED)  # states in which the office waits for the appellant

TOLD = (  # built once: every message that is no keyword asks
    select(Appeal.id, Delivery.settled_at)
    .join(AppealMessage, AppealMessage.appeal_id == Appeal.id)
    .join(Delivery, Delivery.id == AppealMessage.delivery_id)
    .where(
        Appeal.appellant == bindparam("appellant"),
        Appeal.state.in_(ASKING),
        Delivery.state.in_((DeliveryState.SENT, DeliveryState.SENDING)),
    )
    .order_by(AppealMessage.id.desc())
    .limit(1)
)


def case_last_told(db: Session, services: Services, openid: str) -> Appeal | None:
    """The case of the last message that this person saw before writing; None when they have written since, or when
    nothing is asked of them."""
    mine = {"appellant": services.appellant(openid)}
    newest = db.connection().execute(TOLD, mine).first()  # past the session: half the price
    if newest is None:  # so it is for nearly everybody: nothing more is asked
        return None
    case_id, settled_at = newest
    said = last_said(db, openid)
    seen = said is None or settled_at is None or settled_at >= said  # one being sent has no moment yet
    return db.get(Appeal, case_id) if seen else None


def last_said(db: Session, openid: str) -> datetime | None:
    """When the person wrote last before this message, which has no row yet."""
    said = select(func.max(Inbound.received_at)).where(Inbound.openid == openid, Inbound.kind.in_(SPEAKING))
    return db.scalar(said)
