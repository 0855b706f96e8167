"""The tag of one mass send: its members are made exactly the job's recipients."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from bot.wechat.errors import Outcome
from bot.wechat.gateway import Answer, Gateway

TAGGED_AT_ONCE = 50  # platform §8


def tag_name(batch_id: int) -> str:
    """The name of a job's own tag; staff see it for the minutes that the job takes."""
    return f"推送{batch_id}"


def sync_tag(gateway: Gateway, name: str, openids: list[str], alive: Callable[[], None]) -> int | Answer:
    """The id of the tag with just these members, or the answer of the call that failed. May be repeated.

    `alive` is called after each of the calls, because many people take many of them.
    """
    tag = _find_or_make_tag(gateway, name)
    if isinstance(tag, Answer):
        return tag
    members = _members(gateway, tag)
    if isinstance(members, Answer):
        return members
    wanted = set(openids)
    for call, people in (
        (gateway.batchuntagging, members - wanted),
        (gateway.batchtagging, wanted - members),
    ):
        for chunk in _chunks(sorted(people), TAGGED_AT_ONCE):
            answer = call(tag, chunk)
            if answer.outcome is not Outcome.SENT:
                return answer
            alive()
    return tag


def _find_or_make_tag(gateway: Gateway, name: str) -> int | Answer:
    known = gateway.tags_get()
    if known.outcome is not Outcome.SENT:
        return known
    for tag in known.data.get("tags", []):
        if tag.get("name") == name:
            return int(tag["id"])
    made = gateway.tags_create(name)
    return int(made.data["tag"]["id"]) if made.outcome is Outcome.SENT else made


def _members(gateway: Gateway, tag: int) -> set[str] | Answer:
    members: set[str] = set()
    following = ""
    while True:
        page = gateway.tag_members(tag, following)
        if page.outcome is not Outcome.SENT:
            return page
        openids = page.data.get("data", {}).get("openid", [])
        members.update(openids)
        following = str(page.data.get("next_openid", ""))
        if not openids or not following:
            return members


def _chunks(items: Iterable[str], size: int) -> Iterator[list[str]]:
    remaining = iter(items)
    while chunk := list(islice(remaining, size)):
        yield chunk
