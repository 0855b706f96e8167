"""Followers: how they come into being, their demo names, their openids."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.simulator.errors import CallRefused
from bot.simulator.state import Follower

if TYPE_CHECKING:
    from bot.simulator.world import World

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧"
TITLES = ("女士", "经理", "先生", "总", "店长", "会计")
OPENID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def create_followers(world: World, count: int, name: str = "", *, subscribed: bool = True) -> list[Follower]:
    """`count` new people. Their openids depend on appid and order only, so a restart meets the same people."""
    born, now = [], int(world.now())
    for _ in range(count):
        index = world.state.next_follower
        world.state.next_follower += 1
        openid = _openid(world.settings.appid, index)
        person = _person(world, openid, name or _name(index), subscribed, now)
        born.append(person)
    return born


def known(world: World, openid: str) -> Follower:
    """The person with this openid; an unknown one begins to follow now. Raises ValueError for a bad openid."""
    person = world.state.followers.get(openid)
    if person is not None:
        return person
    if not OPENID.fullmatch(openid):
        raise ValueError("openid 只能由字母、数字、下划线和减号组成，1 到 64 位（平台的是 28 位）")
    world.state.next_follower += 1
    return _person(world, openid, _name(world.state.next_follower - 1), True, int(world.now()))


def subscribers(world: World, behind: str = "") -> Iterator[Follower]:
    """Who follows now, in the order they came, from the one after `behind`. Raises 40003 for an unknown one."""
    return (person for person in _everybody(world, behind) if person.subscribed)


def set_subscribed(world: World, person: Follower, subscribed: bool) -> None:
    """Somebody begins or ceases to follow."""
    world.subscribed += subscribed - person.subscribed
    person.subscribed = subscribed


def _everybody(world: World, behind: str) -> Iterator[Follower]:
    if not behind:
        return iter(world.roll)
    last = world.state.followers.get(behind)
    if last is None:
        raise CallRefused(40003)
    return itertools.islice(world.roll, last.seat + 1, None)


def _person(world: World, openid: str, name: str, subscribed: bool, now: int) -> Follower:
    person = Follower(openid, name, subscribed, subscribed, now, seat=len(world.roll))
    world.state.followers[openid] = person
    world.roll.append(person)
    world.subscribed += subscribed
    return person


def _openid(appid: str, index: int) -> str:
    digest = hashlib.sha256(f"{appid}/{index}".encode()).digest()
    return "o" + base64.urlsafe_b64encode(digest).decode()[:27]


def _name(index: int) -> str:
    surname = SURNAMES[index % len(SURNAMES)]
    name = surname + TITLES[(index + index // len(SURNAMES)) % len(TITLES)]
    lap = index // (len(SURNAMES) * len(TITLES))
    return f"{name}{lap + 1}" if lap else name
