"""Customer-service messages and the typing sign (platform §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.simulator.api import Answer, Call, endpoint
from bot.simulator.control import outbox
from bot.simulator.errors import CallRefused
from bot.simulator.interfaces import content
from bot.simulator.interfaces.rights import Right
from bot.simulator.pushes import windows
from bot.simulator.state import Follower

if TYPE_CHECKING:
    from bot.simulator.world import World

TYPING_NEEDS = 30.0  # seconds since the person's last action
TYPING_SHOWN = 15.0  # seconds


@endpoint("message/custom/send", right=Right.VERIFIED)
def send(call: Call) -> Answer:
    """One message to one person whose window is open."""
    person = _recipient(call)
    shown = content.custom(call.world, call.body)
    windows.spend(person.windows, call.world.now())
    person.typing_until = 0.0
    outbox.show(call.world, person, "custom", {**shown, "msg_id": call.world.number()})
    return {}


@endpoint("message/custom/typing", right=Right.VERIFIED)
def typing(call: Call) -> Answer:
    """Show or end the typing sign, which lasts 15 seconds."""
    command = call.text("command")
    if command not in ("Typing", "CancelTyping"):
        raise CallRefused(45072)
    person, now = _recipient(call), call.world.now()
    if now - person.last_action > TYPING_NEEDS:
        raise CallRefused(45080)
    if command == "Typing" and now < person.typing_until:
        raise CallRefused(45081)
    person.typing_until = now + TYPING_SHOWN if command == "Typing" else 0.0
    call.world.stream.tell("typing", {"openid": person.openid, "on": command == "Typing"}, person.openid)
    return {}


def follower(world: World, openid: str) -> Follower:
    """The follower with this openid. Raises 40003 for an unknown one, 43004 for one who does not follow."""
    person = world.state.followers.get(openid)
    if person is None:
        raise CallRefused(40003)
    if not person.subscribed:
        raise CallRefused(43004)
    return person


def _recipient(call: Call) -> Follower:
    openid = call.text("touser")
    person = call.state.followers.get(openid)
    if person and person.ever_subscribed and not person.subscribed:
        raise CallRefused(45015)  # platform §5.1: "… or subscription is canceled"
    person = follower(call.world, openid)
    if person.refuses:
        raise CallRefused(48002)
    return person
