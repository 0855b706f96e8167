"""deliver(): claim, send, settle; one commit a step, so that a crash is never guessed about.

A step settles the message before and marks the next one SENDING in one commit, so a worker that dies leaves at
most one row that is not known. A customer-service message has no idempotency key: such a row becomes UNKNOWN and
is never sent again by itself. Mass sends carry a clientmsgid and are in `bot/outgoing/delivery/mass.py`.
"""

from __future__ import annotations

from typing import Any

from bot.core.logs import get_logger
from bot.outgoing import payloads
from bot.outgoing.delivery import claim, publishing, settle
from bot.outgoing.delivery.checkpoints import Steps
from bot.outgoing.delivery.claim import Letter
from bot.runtime.services import Services
from bot.wechat.errors import Outcome
from bot.wechat.gateway import Answer
from models.outgoing import Channel

log = get_logger(__name__)


def deliver(services: Services) -> int:
    """One round: claim what is due and send it. How many messages were in hand."""
    letters = claim.claim(services)
    if not letters:
        return 0
    with Steps(services) as steps:
        for place, letter in enumerate(letters):
            if services.stopping.is_set():
                claim.release(services, letters[place:])
                break
            try:
                _send(services, steps, letter)
            except Exception:  # one message that cannot be sent must not keep the others waiting
                log.exception("delivery_failed", delivery=letter.id)
                settle.set_aside(services, letter)
    return len(letters)


def _send(services: Services, steps: Steps, letter: Letter) -> None:
    message = _message(letter)
    if message is None:
        settle.set_aside(services, letter, for_good=True)
        return
    if not steps.begin(letter):
        claim.release(services, [letter])
        return
    # No transaction is open here: the call may take seconds.
    answer = _call(services, letter, message)
    if answer.outcome is Outcome.SENT and letter.channel is Channel.CUSTOM:
        steps.arrived(letter)  # written down with the next step
    else:
        settle.settle(services, letter, answer)


def _message(letter: Letter) -> dict[str, Any] | None:
    """The body of the call, or None when this form has none for this channel."""
    if letter.channel is Channel.TEMPLATE:
        return payloads.template_message(letter.payload, client_msg_id=f"tx{letter.id}")
    if letter.channel is Channel.NOTICE:
        return payloads.notice_message(letter.payload)
    if letter.form == "article":
        article = letter.payload.get("article_id")
        return publishing.message(article) if article else None
    return payloads.custom_message(letter.form, letter.payload)


def _call(services: Services, letter: Letter, message: dict[str, Any]) -> Answer:
    gateway = services.gateway
    if letter.channel is Channel.TEMPLATE:
        return gateway.template_send(letter.recipient, message)
    if letter.channel is Channel.NOTICE:
        return gateway.subscribe_send(letter.recipient, message)
    return gateway.send_custom(letter.recipient, message)
