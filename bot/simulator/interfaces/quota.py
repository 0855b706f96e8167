"""Daily call limits (platform §4.4) and the interfaces that show and clear them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.simulator.api import ENDPOINTS, Answer, Call, endpoint
from bot.simulator.errors import CallRefused

if TYPE_CHECKING:
    from bot.simulator.world import World

LIMITS = {
    "/cgi-bin/token": 2000,
    "/cgi-bin/stable_token": 500_000,
    "/cgi-bin/menu/create": 1000,
    "/cgi-bin/menu/get": 10_000,
    "/cgi-bin/menu/delete": 1000,
    "/cgi-bin/menu/addconditional": 2000,
    "/cgi-bin/menu/delconditional": 2000,
    "/cgi-bin/menu/trymatch": 20_000,
    "/cgi-bin/tags/create": 1000,
    "/cgi-bin/tags/get": 1000,
    "/cgi-bin/tags/update": 1000,
    "/cgi-bin/tags/members/batchtagging": 100_000,
    "/cgi-bin/tags/members/batchuntagging": 100_000,
    "/cgi-bin/media/upload": 100_000,
    "/cgi-bin/media/get": 200_000,
    "/cgi-bin/message/custom/send": 500_000,
    "/cgi-bin/message/mass/sendall": 100,
    "/cgi-bin/message/mass/send": 100,
    "/cgi-bin/message/mass/delete": 10,
    "/cgi-bin/message/template/send": 100_000,
    "/cgi-bin/qrcode/create": 100_000,
    "/cgi-bin/user/get": 500,
    "/cgi-bin/user/info": 5_000_000,
    "/cgi-bin/user/info/updateremark": 10_000,
    "/cgi-bin/draft/add": 1000,
    "/cgi-bin/draft/get": 500,
    "/cgi-bin/draft/delete": 1000,
    "/cgi-bin/draft/update": 1000,
    "/cgi-bin/draft/count": 1000,
    "/cgi-bin/draft/batchget": 1000,
    "/cgi-bin/freepublish/submit": 100,
    "/cgi-bin/freepublish/get": 100,
    "/cgi-bin/freepublish/delete": 10,
    "/cgi-bin/freepublish/getarticle": 100,
    "/cgi-bin/freepublish/batchget": 100,
}
ALIASES = {"/cgi-bin/message/mass/send": "/cgi-bin/message/mass/sendall"}  # one allowance for both
PREVIEWS_BY_NAME = "preview by WeChat name"
CLEARS = "clear_quota"
ONE_CLEARS = "openapi/quota/clear"
FORCED_TOKENS = "forced stable_token"
MASS_A_MINUTE = 60


def limit(world: World, path: str) -> int | None:
    """Calls a day for this path, or None when it is not limited."""
    return world.settings.quotas.get(path, LIMITS.get(path))


def day(world: World) -> str:
    """The quota day: it changes at midnight in Shanghai."""
    return f"{world.local():%Y-%m-%d}"


def month(world: World) -> str:
    """The calendar month in Shanghai."""
    return f"{world.local():%Y-%m}"


def used(world: World, path: str) -> int:
    """Calls of this path since midnight."""
    return world.state.counters.used.get(day(world), {}).get(ALIASES.get(path, path), 0)


def spend(world: World, path: str) -> None:
    """Count one call. Raises 45009 when the day's allowance is gone."""
    allowance = limit(world, path)
    if allowance is not None and used(world, path) >= allowance:
        raise CallRefused(45009)
    take(world, day(world), ALIASES.get(path, path))


def take(world: World, period: str, key: str, allowance: int | None = None, errcode: int = 45009) -> None:
    """Count one of `key` in a day or month. Raises `errcode` at the allowance."""
    counts = world.state.counters.used
    for old in [one for one in counts if one < month(world)]:
        del counts[old]
    today = counts.setdefault(period, {})
    if allowance is not None and today.get(key, 0) >= allowance:
        raise CallRefused(errcode)
    today[key] = today.get(key, 0) + 1


@endpoint("clear_quota")
def clear_all(call: Call) -> Answer:
    """Set all counters of the day to zero; ten times a month."""
    _check_appid(call)
    take(call.world, month(call.world), CLEARS, 10, 48006)
    call.world.state.counters.used.pop(day(call.world), None)
    return {}


@endpoint("clear_quota/v2", token=False)
def clear_all_by_secret(call: Call) -> Answer:
    """The same without a token."""
    if call.body.get("appsecret") != call.world.settings.secret:
        raise CallRefused(40125)
    return clear_all(call)


@endpoint("openapi/quota/clear")
def clear_one(call: Call) -> Answer:
    """Set one interface's counter to zero; fifty times a month."""
    path = _path(call)
    take(call.world, month(call.world), ONE_CLEARS, 50, 48006)
    call.world.state.counters.used.get(day(call.world), {}).pop(ALIASES.get(path, path), None)
    return {}


@endpoint("openapi/quota/get")
def show(call: Call) -> Answer:
    """Limit, used and remaining calls of one interface."""
    path = _path(call)
    count, allowance = used(call.world, path), limit(call.world, path) or 100_000_000
    quota = {"daily_limit": allowance, "used": count, "remain": max(allowance - count, 0)}
    rate = {"call_count": 1_000_000, "refresh_second": 60}
    return {"quota": quota, "rate_limit": rate, "component_rate_limit": rate}


def _check_appid(call: Call) -> None:
    if call.body.get("appid") != call.world.settings.appid:
        raise CallRefused(40013)


def _path(call: Call) -> str:
    path = str(call.body.get("cgi_path", ""))
    if not path.startswith("/"):
        raise CallRefused(76003)
    if path.startswith("/sns/"):
        raise CallRefused(76022)
    if path.removeprefix("/cgi-bin/") not in ENDPOINTS or not path.startswith("/cgi-bin/"):
        raise CallRefused(76021)
    return path
