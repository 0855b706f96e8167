"""deliver(): claim, send, settle; one commit between two messages, so that a crash is never guessed about.

A checkpoint settles the message before and marks the next one SENDING in one commit, so a worker that dies leaves
at most one row whose fate is not known. A customer-service message has no idempotency key: such a row becomes
UNKNOWN and is never sent again by itself. Mass sends carry a clientmsgid and are in
`bot/outgoing/delivery/mass.py`.
"""

from __future__ import annotations

from typing import Any

from bot.core.logs import get_logger
from bot.outgoing import payloads
from bot.outgoing.delivery import claim, publishing, settle
from bot.outgoing.delivery.checkpoints import Checkpoints
from bot.outgoing.delivery.claim import Letter
from bot.runtime.services import Services
from bot.wechat.errors import Outcome
from bot.wechat.gateway import Answer
from models.outgoing import Channel

log = get_logger(__name__)


def deliver(services: Services) -> int:
    """One round: claim what is due and send it; gives how many messages were claimed."""
    letters = claim.claim(services)
    if not letters:
        return 0
    with Checkpoints(services) as checkpoints:
        for place, letter in enumerate(letters):
            if services.stopping.is_set():
                claim.release(services, letters[place:])
                break
            try:
                _send_letter(services, checkpoints, letter)
            except Exception:  # one message that cannot be sent must not keep the others waiting
                log.exception("delivery_failed", delivery=letter.id)
                settle.set_aside(services, letter)
    return len(letters)


def _send_letter(services: Services, checkpoints: Checkpoints, letter: Letter) -> None:
    message = _message_body(letter)
    if message is None:
        settle.set_aside(services, letter, for_good=True)
        return
    if not checkpoints.begin(letter):
        claim.release(services, [letter])
        return
    # No transaction is open here: the call may take seconds.
    answer = _call_wechat(services, letter, message)
    if answer.outcome is Outcome.SENT and letter.channel is Channel.CUSTOM:
        checkpoints.arrived(letter)  # written down at the next checkpoint
    else:
        settle.settle(services, letter, answer)


def _message_body(letter: Letter) -> dict[str, Any] | None:
    """The body of the call, or None when this form has none for this channel."""
    if letter.channel is Channel.TEMPLATE:
        return payloads.template_message(letter.payload, client_msg_id=f"tx{letter.id}")
    if letter.channel is Channel.NOTICE:
        return payloads.notice_message(letter.payload)
    if letter.form == "article":
        article = letter.payload.get("article_id")
        return publishing.message_of(article) if article else None
    return payloads.custom_message(letter.form, letter.payload)


def _call_wechat(services: Services, letter: Letter, message: dict[str, Any]) -> Answer:
    gateway = services.gateway
    if letter.channel is Channel.TEMPLATE:
        return gateway.template_send(letter.recipient, message)
    if letter.channel is Channel.NOTICE:
        return gateway.subscribe_send(letter.recipient, message)
    return gateway.send_custom(letter.recipient, message)
