"""Tags and the blacklist (platform §8)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from bot.simulator.api import Answer, Call, endpoint
from bot.simulator.control.people import subscribers
from bot.simulator.errors import CallRefused
from bot.simulator.interfaces.rights import Right
from bot.simulator.interfaces.users import PAGE, page, person
from bot.simulator.state import Follower, Tag

TAGS = 100
NAME_CHARACTERS = 30
TAGS_OF_ONE = 20
BATCH = 50
BLACKLIST_BATCH = 20
BLACKLIST_PAGE = 1000
FANS_OF_A_DELETED_TAG = 100_000
SYSTEM = frozenset({0, 1, 2})
FIRST_ID = 100


@endpoint("tags/create", right=Right.VERIFIED)
def create(call: Call) -> Answer:
    """A new tag."""
    name = _checked_name(call)
    if len(call.state.tags) >= TAGS:
        raise CallRefused(45056)
    made = Tag(max([*call.state.tags, FIRST_ID - 1]) + 1, name)
    call.state.tags[made.id] = made
    return {"tag": {"id": made.id, "name": made.name}}


@endpoint("tags/get", "GET", right=Right.VERIFIED)
def listed(call: Call) -> Answer:
    """All tags with the number of their followers."""
    counts = Counter(tag for person in subscribers(call.world) for tag in person.tags)
    return {
        "tags": [
            {"id": one.id, "name": one.name, "count": counts[one.id]} for one in call.state.tags.values()
        ]
    }


@endpoint("tags/update", right=Right.VERIFIED)
def rename(call: Call) -> Answer:
    """Give a tag another name."""
    tag = _tag(call, _given(call).get("id"))
    tag.name = _checked_name(call, tag)
    return {}


@endpoint("tags/delete", right=Right.VERIFIED)
def delete(call: Call) -> Answer:
    """Remove a tag from everybody."""
    tag = _tag(call, _given(call).get("id"))
    tagged = [one for one in call.state.followers.values() if tag.id in one.tags]
    if len(tagged) > FANS_OF_A_DELETED_TAG:
        raise CallRefused(45057)
    for one in tagged:
        one.tags.remove(tag.id)
    del call.state.tags[tag.id]
    return {}


@endpoint("tags/members/batchtagging", right=Right.VERIFIED)
def give(call: Call) -> Answer:
    """Tag up to 50 people."""
    tag, people = _tag(call, call.body.get("tagid")), _people(call, BATCH)
    if any(tag.id not in one.tags and len(one.tags) >= TAGS_OF_ONE for one in people):
        raise CallRefused(45059)
    for one in people:
        if tag.id not in one.tags:
            one.tags.append(tag.id)
    return {}


@endpoint("tags/members/batchuntagging", right=Right.VERIFIED)
def take(call: Call) -> Answer:
    """Take a tag from up to 50 people."""
    tag = _tag(call, call.body.get("tagid"))
    for one in _people(call, BATCH):
        if tag.id in one.tags:
            one.tags.remove(tag.id)
    return {}


@endpoint("tags/getidlist", right=Right.VERIFIED)
def of_one(call: Call) -> Answer:
    """The tags of one person."""
    return {"tagid_list": person(call, call.text("openid")).tags}


@endpoint("user/tag/get", right=Right.VERIFIED)
def members(call: Call) -> Answer:
    """The openids with a tag, paged like user/get."""
    tag = _tag(call, call.body.get("tagid"))
    people = subscribers(call.world, call.text("next_openid"))
    return page((one for one in people if tag.id in one.tags), PAGE)


@endpoint("tags/members/getblacklist", right=Right.VERIFIED)
def blacklist(call: Call) -> Answer:
    """The openids in the blacklist, paged."""
    banned = [one for one in call.world.roll if one.blacklisted]
    begin = call.text("begin_openid")
    first = person(call, begin).seat if begin else -1
    return {"total": len(banned), **page((one for one in banned if one.seat > first), BLACKLIST_PAGE)}


@endpoint("tags/members/batchblacklist", right=Right.VERIFIED)
def ban(call: Call) -> Answer:
    """Put up to 20 people on the blacklist."""
    for one in _people(call, BLACKLIST_BATCH):
        one.blacklisted = True
    return {}


@endpoint("tags/members/batchunblacklist", right=Right.VERIFIED)
def pardon(call: Call) -> Answer:
    """Take up to 20 people from the blacklist."""
    for one in _people(call, BLACKLIST_BATCH):
        one.blacklisted = False
    return {}


def _given(call: Call) -> dict[str, Any]:
    given = call.body.get("tag")
    if not isinstance(given, dict):
        raise CallRefused(47001)
    return given


def _checked_name(call: Call, own: Tag | None = None) -> str:
    name = str(_given(call).get("name", "")).strip()
    if not name or any(one.name == name and one is not own for one in call.state.tags.values()):
        raise CallRefused(45157)
    if len(name) > NAME_CHARACTERS:
        raise CallRefused(45158)
    return name


def _tag(call: Call, tag_id: object) -> Tag:
    if tag_id in SYSTEM:
        raise CallRefused(45058)
    found = call.state.tags.get(tag_id) if isinstance(tag_id, int) else None
    if found is None:
        raise CallRefused(45159)
    return found


def _people(call: Call, limit: int) -> list[Follower]:
    openids = call.body.get("openid_list")
    if not isinstance(openids, list) or not openids:
        raise CallRefused(40031)
    if len(openids) > limit:
        raise CallRefused(40032)
    return [person(call, str(one)) for one in openids]
