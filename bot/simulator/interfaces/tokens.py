"""access_token of both kinds: how long each lives and what replaces it (platform §4.1, §4.2)."""

from __future__ import annotations

import math
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot.simulator.api import Answer, Call, endpoint
from bot.simulator.errors import CallRefused
from bot.simulator.interfaces import quota
from bot.simulator.state import Token

if TYPE_CHECKING:
    from bot.simulator.world import World

LIFE = 7200  # seconds
OVERLAP = 300  # seconds that a replaced token still works
FORCED_A_DAY = 20
FORCED_APART = 30  # seconds; sooner, the token is not refreshed


def check(world: World, value: str) -> None:
    """Raises 41001 without a token, 42001 for one past its life, 40001 for a replaced or foreign one."""
    if not value:
        raise CallRefused(41001)
    token = world.state.tokens.known.get(value)
    if token is None:
        raise CallRefused(40001)
    now = world.now()
    if now >= token.dies:
        raise CallRefused(42001 if now >= token.expires else 40001)


@endpoint("token", "GET", token=False)
def plain_token(call: Call) -> Answer:
    """A new token every time; the one before works five minutes more."""
    _authenticate(call, call.args)
    tokens = call.state.tokens
    _retire(call.world, tokens.plain, OVERLAP)
    token = _issue(call.world, stable=False)
    tokens.plain = token.value
    return {"access_token": token.value, "expires_in": LIFE}


@endpoint("stable_token", token=False)
def stable_token(call: Call) -> Answer:
    """The same token while it is valid; `force_refresh` kills it at once, 20 times a day, 30 s apart."""
    _authenticate(call, call.body)
    world, tokens = call.world, call.state.tokens
    token = tokens.known.get(tokens.stable)
    forced = call.body.get("force_refresh") is True and world.now() - tokens.forced_at >= FORCED_APART
    if forced:
        quota.take(world, quota.day(world), quota.FORCED_TOKENS, FORCED_A_DAY)
        tokens.forced_at = world.now()
        _retire(world, tokens.stable, 0)
    if forced or token is None or token.expires - world.now() < OVERLAP:
        token = _issue(world, stable=True)
        tokens.stable = token.value
    return {"access_token": token.value, "expires_in": math.floor(token.expires - world.now())}


def steal(world: World) -> None:
    """Another server forces a refresh: every token that callers hold is dead from now on (platform §4.1)."""
    tokens = world.state.tokens
    for held in (tokens.stable, tokens.plain):
        _retire(world, held, 0)
    tokens.stable = _issue(world, stable=True).value


def _authenticate(call: Call, given: Mapping[str, Any]) -> None:
    call.state.counters.token_fetches += 1
    settings = call.world.settings
    if not given.get("appid"):
        raise CallRefused(41002)
    if given["appid"] != settings.appid:
        raise CallRefused(40013)
    if given.get("grant_type") != "client_credential":
        raise CallRefused(40002)
    if not given.get("secret"):
        raise CallRefused(41004)
    if given["secret"] != settings.secret:
        raise CallRefused(40125)


def _issue(world: World, *, stable: bool) -> Token:
    expires = world.now() + LIFE
    token = Token(f"{99 if stable else 88}_{secrets.token_urlsafe(96)}", expires, stable, expires)
    known = world.state.tokens.known
    for old in [one.value for one in known.values() if one.expires < world.now() - 86400]:
        del known[old]  # kept a day, so that an expired token is told from a foreign one
    known[token.value] = token
    return token


def _retire(world: World, value: str, overlap: float) -> None:
    token = world.state.tokens.known.get(value)
    if token is not None:
        token.dies = min(token.dies, world.now() + overlap)
