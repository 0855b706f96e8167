"""One turn of a conversation in one transaction: key, person, route, handler, reply (design §5).

A repeat of the same message, from any process, waits for the first and gets its stored reply.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot import clock, people
from bot.context import Context
from bot.db import insert_once, transaction
from bot.dispatch import Answer, dispatch
from bot.logs import get_logger
from bot.notices import with_waiting
from bot.replies import Reply, Silence, Text, cut, render
from bot.router import Routes
from bot.services import Services
from bot.wechat.inbound import Incoming, key
from models import conversation as conversations
from models.conversation import Conversation
from models.delivery import Delivery, DeliveryState
from models.inbound import Inbound, stored_reply

log = get_logger(__name__)


def take_turn(services: Services, routes: Routes, incoming: Incoming) -> str:
    """The plain XML that answers this message, "" for silence. Its effect happens once, whoever asks."""
    message_key, moment = key(incoming), clock.now()
    library = services.libraries.current()  # may read the database: before our transaction begins
    with transaction(services.engine) as db:
        row = _claim(db, incoming, message_key, moment)
        if row is None:
            _withdraw_late_reply(db, message_key)
            return stored_reply(db, message_key)
        follower = people.meet(db, services, incoming, moment)
        insert_once(db, Conversation, openid=incoming.openid, **conversations.empty())
        talk = conversations.locked(db, incoming.openid)
        ctx = Context(db, incoming, follower, talk, library, services, moment)
        answer = _answer(routes, ctx, row)
        reply = _fit(ctx, with_waiting(ctx, answer.reply))
        xml = render(reply, to=incoming.openid, sender=incoming.account_id, at=moment)
        db.execute(update(Inbound).where(Inbound.id == row).values(reply=xml, intent=answer.intent))
        return xml


def _claim(db: Session, incoming: Incoming, message_key: str, moment: datetime) -> int | None:
    return insert_once(
        db,
        Inbound,
        key=message_key,
        openid=incoming.openid,
        kind=incoming.event or incoming.kind,
        text=incoming.text or incoming.recognition,
        reply="",
        received_at=moment,
    )


def _answer(routes: Routes, ctx: Context, row: int) -> Answer:
    """The handler's answer; when it fails, its rows are undone, the message is kept and the person is told."""
    try:
        with ctx.db.begin_nested():
            return dispatch(routes, ctx)
    except Exception:
        incident = new_incident()
        log.exception("handler_failed", inbound=row, incident=incident)
        ctx.db.expire_all()
        ctx.db.execute(update(Inbound).where(Inbound.id == row).values(incident=incident))
        return Answer(Text(ctx.library.say("failure", incident=incident)), "failure")


def new_incident() -> str:
    """A short number that a person can read to the staff and that stands in the log."""
    return f"E{secrets.token_hex(3).upper()}"


def _fit(ctx: Context, reply: Reply) -> Reply:
    """Cut a long text and keep its rest for 「继续」; an empty text is silence."""
    if not isinstance(reply, Text):
        return reply
    if not reply.content.strip():
        return Silence()
    head, rest = cut(reply.content, link=reply.link)
    if rest:
        ctx.remember(rest=rest, rest_link=reply.link)
    return Text(head)


def _withdraw_late_reply(db: Session, message_key: str) -> None:
    """The platform asked again and gets the reply now: it need not go out by another way."""
    waiting = (DeliveryState.QUEUED, DeliveryState.WAITING_CONTACT)
    late = db.scalar(
        select(Delivery).where(Delivery.key == f"late:{message_key}", Delivery.state.in_(waiting))
    )
    if late is not None:
        late.state = DeliveryState.CANCELLED
