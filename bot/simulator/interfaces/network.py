"""Addresses, self-checks and tickets: what every account may ask (platform §0, §11)."""

from __future__ import annotations

import secrets

from bot.simulator.api import Answer, Call, endpoint
from bot.simulator.errors import CallRefused
from bot.simulator.interfaces.rights import Right

HERE = "127.0.0.1"


@endpoint("getcallbackip", "GET")
def callback_ip(_: Call) -> Answer:
    """Where pushes come from: this machine."""
    return {"ip_list": [HERE]}


@endpoint("get_api_domain_ip", "GET")
def api_ip(_: Call) -> Answer:
    """Where the API is: this machine."""
    return {"ip_list": [HERE]}


@endpoint("callback/check")
def check(call: Call) -> Answer:
    """Name resolution and reachability of the webhook."""
    action, operator = call.text("action"), call.text("check_operator") or "DEFAULT"
    if action not in ("dns", "ping", "all") or operator not in ("CHINANET", "UNICOM", "CAP", "DEFAULT"):
        raise CallRefused(40035)
    dns = [{"ip": HERE, "real_operator": "DEFAULT"}]
    ping = [{"ip": HERE, "from_operator": operator, "package_loss": "0%", "time": "0.079ms"}]
    return {"dns": dns if action != "ping" else [], "ping": ping if action != "dns" else []}


@endpoint("ticket/getticket", "GET")
def ticket(call: Call) -> Answer:
    """A ticket for signing pages."""
    if call.args.get("type") not in ("jsapi", "wx_card"):
        raise CallRefused(40035)
    return {"errcode": 0, "errmsg": "ok", "ticket": secrets.token_urlsafe(64), "expires_in": 7200}


@endpoint("get_current_autoreply_info", "GET")
def autoreply(_: Call) -> Answer:
    """Console replies, which developer mode has switched off."""
    return {"is_add_friend_reply_open": 0, "is_autoreply_open": 0}


@endpoint("customservice/getkflist", "GET", right=Right.VERIFIED)
def service_accounts(_: Call) -> Answer:
    """Human customer-service accounts: this account has none."""
    return {"kf_list": []}
