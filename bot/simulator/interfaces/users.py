"""Followers as the account may see them: no names, no pictures (platform §8)."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

from bot.simulator.api import Answer, Call, endpoint
from bot.simulator.control.people import subscribers
from bot.simulator.errors import CallRefused
from bot.simulator.interfaces.rights import Right
from bot.simulator.state import Follower

PAGE = 10_000
BATCH = 100
REMARK_BYTES = 30


@endpoint("user/get", "GET", right=Right.VERIFIED)
def listed(call: Call) -> Answer:
    """Up to 10000 openids behind next_openid."""
    followers = subscribers(call.world, call.args.get("next_openid", ""))
    return {"total": call.world.subscribed, **page(followers, PAGE)}


@endpoint("user/info", "GET", right=Right.VERIFIED)
def info(call: Call) -> Answer:
    """One person."""
    return described(person(call, call.args.get("openid", "")))


@endpoint("user/info/batchget", right=Right.VERIFIED)
def infos(call: Call) -> Answer:
    """Up to 100 people."""
    asked = call.body.get("user_list")
    if not isinstance(asked, list) or not asked:
        raise CallRefused(40031)
    if len(asked) > BATCH:
        raise CallRefused(40032)
    people = [person(call, str(one.get("openid", ""))) for one in asked if isinstance(one, dict)]
    return {"user_info_list": [described(one) for one in people]}


@endpoint("user/info/updateremark", right=Right.VERIFIED)
def remark(call: Call) -> Answer:
    """Write a remark of less than 30 bytes on a person."""
    found, words = person(call, call.text("openid")), call.text("remark")
    if len(words.encode()) >= REMARK_BYTES:
        raise CallRefused(40092)
    found.remark = words
    return {}


def person(call: Call, openid: str) -> Follower:
    """The person with this openid. Raises 40003, or 49003 for a well-formed one of another account."""
    found = call.state.followers.get(openid)
    if found is None:
        raise CallRefused(49003 if len(openid) == 28 else 40003)
    return found


def described(one: Follower) -> dict[str, Any]:
    """What user/info says; of somebody who does not follow only the openid."""
    if not one.subscribed:
        return {"subscribe": 0, "openid": one.openid, "tagid_list": []}
    return {
        "subscribe": 1,
        "openid": one.openid,
        "nickname": "",
        "sex": 0,
        "language": "",
        "city": "",
        "province": "",
        "country": "",
        "headimgurl": "",
        "subscribe_time": one.subscribed_at,
        "remark": one.remark,
        "groupid": one.tags[0] if one.tags else 0,
        "tagid_list": one.tags,
        "subscribe_scene": one.subscribe_scene,
        "qr_scene": one.qr_scene,
        "qr_scene_str": one.qr_scene_str,
    }


def page(people: Iterable[Follower], size: int) -> dict[str, Any]:
    """The first `size` of these people. The page after the last has count 0 and no data."""
    shown = [one.openid for one in itertools.islice(people, size)]
    answer: dict[str, Any] = {"count": len(shown)}
    if shown:
        answer["data"] = {"openid": shown}
    return {**answer, "next_openid": shown[-1] if shown else ""}
