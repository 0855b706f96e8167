"""One turn of a conversation in one transaction: key, person, route, handler, reply (design §5).

A repeat of the same message, from any process, waits for the first and gets its stored reply.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select, update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from bot.chat import aside
from bot.chat.budget import Turned
from bot.chat.context import Context
from bot.chat.dispatch import Answered
from bot.chat.meaning import nearness
from bot.chat.pace import Pace
from bot.chat.router import Routes
from bot.chat.waiting import with_waiting
from bot.content.library import Library
from bot.core import clock
from bot.core.db import insert_once, reading, transaction
from bot.core.logs import get_logger, new_incident
from bot.followers import people
from bot.outgoing.single_messages import queue_message
from bot.runtime.services import Services
from bot.wechat.inbound import Incoming, key
from bot.wechat.replies import News, Reply, Silence, Text, addressed, cut, render
from models.inbound import Inbound, known_reply
from models.outgoing import Delivery, DeliveryState

log = get_logger(__name__)
AFTER_LAST_TRY = timedelta(seconds=6)


class _Repeat(Exception):
    """This message has been answered before; nothing of this transaction may stay."""


def take_turn(
    services: Services, routes: Routes, pace: Pace, incoming: Incoming, budget_ends: float
) -> Turned:
    """The plain XML that answers this message, "" for silence. Its effect happens once, whichever process is asked.

    A turn that is not done at `budget_ends` (monotonic seconds) also queues its words as a message.
    """
    with pace.arrival(incoming.openid) as hurried:
        return _answered(services, partial(aside.answer, routes, hurried), incoming, budget_ends)


def _answered(
    services: Services, answer: Callable[[Context], Answered], incoming: Incoming, budget_ends: float
) -> Turned:
    message_key = key(incoming)
    library = services.libraries.current()  # may read the database: before our transaction begins
    near = nearness(services, library, incoming)
    try:
        return _first_time(services, library, incoming, budget_ends, answer, near=near)
    except _Repeat:
        return _stored_reply(services, incoming, message_key)
    except (OperationalError, InterfaceError):
        raise  # the database is away or chose us to end a deadlock: the next try does it
    except Exception:
        incident = new_incident()
        log.exception("handler_failed", incident=incident)
    try:
        return _first_time(services, library, incoming, budget_ends, partial(_apology, incident), incident)
    except _Repeat:
        return _stored_reply(services, incoming, message_key)


def _first_time(
    services: Services,
    library: Library,
    incoming: Incoming,
    budget_ends: float,
    answer: Callable[[Context], Answered],
    incident: str | None = None,
    near: Mapping[str, float] | None = None,
) -> Turned:
    """The whole turn in one transaction. Raises _Repeat, and undoes everything, when the message is known.

    The person's row is locked first, so copies of one message and quick messages of one person queue there;
    the unique key is what holds over everything else.
    """
    message_key, moment = key(incoming), clock.now()
    with transaction(services.engine) as db:
        met = people.meet(db, services, incoming, message_key, moment)
        if met.known_reply is not None:
            raise _Repeat
        ctx = Context(
            db, incoming, met.follower, met.conversation, library, services, moment, near=near or {}
        )
        answered = answer(ctx)
        reply = _cut_to_fit(ctx, with_waiting(ctx, answered.reply) if met.has_waiting else answered.reply)
        xml = render(reply, to="", sender=incoming.account_id, at=moment)  # kept without the openid
        row = insert_once(
            db,
            Inbound,
            key=message_key,
            openid=incoming.openid if ctx.keep_openid and incoming.event != "unsubscribe" else None,
            kind=incoming.event or incoming.kind,
            text=incoming.text or incoming.recognition or None,
            intent=answered.intent,
            reply=xml,
            incident=incident,
            received_at=moment,
        )
        if row is None:
            raise _Repeat
        over_budget = time.monotonic() > budget_ends and bool(xml)
        if over_budget:
            _queue_late_reply(db, incoming, message_key, moment, reply)
        return Turned(addressed(xml, incoming.openid), is_queued_too=over_budget)


def _queue_late_reply(
    db: Session, incoming: Incoming, message_key: str, moment: datetime, reply: Reply
) -> None:
    """Nobody may be waiting for this reply any more: it goes out as a message once the last try is over."""
    words = f"{reply.title}\n{reply.description}\n{reply.url}" if isinstance(reply, News) else ""
    text = reply.content if isinstance(reply, Text) else words
    if text:
        queue_message(
            db,
            key=late_reply_key(message_key),
            recipient=incoming.openid,
            payload={"text": text},
            moment=moment,
            not_before=clock.now() + AFTER_LAST_TRY,
        )


def late_reply_key(message_key: str) -> str:
    """The delivery key of a message's late reply."""
    return f"late:{message_key}"


def withdraw_late_reply(services: Services, message_key: str) -> None:
    """WeChat got the reply after all: it need not go out as a message too."""
    waiting = (DeliveryState.QUEUED, DeliveryState.LEASED, DeliveryState.WAITING_CONTACT)
    mine = (Delivery.key == late_reply_key(message_key), Delivery.state.in_(waiting))
    with reading(services.engine) as db:
        if db.scalar(select(Delivery.id).where(*mine)) is None:
            return
    with transaction(services.engine) as db:
        done = {"state": DeliveryState.CANCELLED, "settled_at": clock.now()}
        db.execute(update(Delivery).where(*mine).values(**done))


def _stored_reply(services: Services, incoming: Incoming, message_key: str) -> Turned:
    """The stored first reply; the first turn may have queued it as a message too."""
    with reading(services.engine) as db:
        return Turned(addressed(known_reply(db, message_key) or "", incoming.openid), is_queued_too=True)


def _apology(incident: str, ctx: Context) -> Answered:
    """What a person hears when a handler failed: its rows are undone, but the message is kept."""
    return Answered(Text(ctx.library.say("failure", incident=incident)), "failure")


def _cut_to_fit(ctx: Context, reply: Reply) -> Reply:
    """Cut a long text and keep its rest for 「继续」; an empty text is silence."""
    if not isinstance(reply, Text):
        return reply
    if not reply.content.strip():
        return Silence()
    head, rest = cut(reply.content, link=reply.link)
    if rest:
        ctx.remember(rest=rest, rest_link=reply.link)
    return Text(head)
