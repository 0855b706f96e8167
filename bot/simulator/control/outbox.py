"""What a follower has seen, message by message, and what the statistics count of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from bot.core import clock
from bot.simulator.state import Follower

if TYPE_CHECKING:
    from bot.simulator.world import World

MOST_KEPT = 2000  # messages per follower; older ones are forgotten
PUSHED = frozenset({"custom", "mass", "template", "subscribe"})
FAILURE_LINE = "该公众号暂时无法提供服务，请稍后再试"


def show(
    world: World, follower: Follower, channel: str, content: dict[str, Any], *, sender: str = "account"
) -> dict[str, Any]:
    """Put a message before the follower's eyes and tell the open chat pages. Call it under the world's lock."""
    message = {
        "id": world.number(),
        "openid": follower.openid,
        "at": clock.local(clock.now()).isoformat(timespec="milliseconds"),
        "from": sender,
        "channel": channel,
        **content,
    }
    follower.outbox.append(message)
    del follower.outbox[:-MOST_KEPT]
    if sender != "me" and not world.stream.reads(follower.openid):
        follower.unread += 1
    _count_message(world, follower, channel, content, sender)
    world.stream.tell("message", message, follower.openid)
    return message


def show_failure(world: World, follower: Follower) -> dict[str, Any]:
    """The system line of platform §3, the thing that must never happen."""
    world.state.counters.failure_lines += 1
    content = {"type": "text", "text": FAILURE_LINE, "failed": True}
    return show(world, follower, "passive", content, sender="system")


def times_seen(follower: Follower, words: str) -> int:
    """How many messages from the account carry these words in their text, title or description."""
    seen = (message for message in follower.outbox if message["from"] == "account")
    return sum(any(words in text for text in _texts(message)) for message in seen)


def _texts(message: dict[str, Any]) -> Iterator[str]:
    for part in (message, *message.get("articles", ())):
        yield from (str(part.get(name, "")) for name in ("text", "title", "description"))


def _count_message(
    world: World, follower: Follower, channel: str, content: dict[str, Any], sender: str
) -> None:
    counters = world.state.counters
    counters.messages[channel] = counters.messages.get(channel, 0) + 1
    if channel in PUSHED and sender == "account" and not content.get("preview"):
        people = counters.pushed.setdefault(digest(content), {})
        people[follower.openid] = times = people.get(follower.openid, 0) + 1
        counters.most_pushed = max(counters.most_pushed, times)


def digest(content: dict[str, Any]) -> str:
    """The same for the same words, however often and under whatever number they were sent.

    Two sends of one broadcast carry different message ids and article addresses, so these do not count.
    """
    plain = {key: value for key, value in content.items() if key != "msg_id"}
    if "articles" in plain:
        plain["articles"] = [
            {key: value for key, value in one.items() if key != "url"} for one in plain["articles"]
        ]
    return hashlib.sha256(json.dumps(plain, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
