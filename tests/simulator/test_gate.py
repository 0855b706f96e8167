"""The gate of the API: methods, tokens, rights, bodies, quotas, faults (platform §0, §4, §12)."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.simulator.kit import APPID, Client, credentials

RID = re.compile(r" rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$")
Open = Callable[..., Client]


@pytest.mark.parametrize(
    ("given", "errcode"),
    [
        ({"appid": ""}, 41002),
        ({"appid": "wxother", "grant_type": "wrong"}, 40013),
        ({"grant_type": "wrong"}, 40002),
        ({"secret": ""}, 41004),
        ({"secret": "wrong"}, 40125),
    ],
)
def test_token_refusals(wechat: Client, given: dict[str, str], errcode: int) -> None:
    asked = credentials(**given)
    assert wechat.code("stable_token", asked, token="") == errcode
    assert wechat.code("token", token="", **asked) == errcode


@pytest.mark.parametrize(
    ("path", "body", "token", "errcode"),
    [
        ("user/get", None, "", 41001),
        ("user/get", None, "bogus", 40001),
        ("no/such/thing", None, "", 40066),
        ("user/get", {}, None, 43001),
        ("draft/add", None, None, 43002),
    ],
)
def test_refusals_at_the_gate(
    wechat: Client, path: str, body: dict[str, Any] | None, token: str | None, errcode: int
) -> None:
    answer = wechat.api(path, body, token=token)
    assert answer["errcode"] == errcode
    assert RID.search(answer["errmsg"])


@pytest.mark.parametrize(
    ("raw", "errcode"),
    [
        (b"", 44002),
        (b"{", 47001),
        (b"[]", 47001),
        (b'{"tag":{"name":"\\u653f\\u7b56"}}', 40033),
        ('{"tag":{"name":"政策"}}'.encode("gbk"), 47001),
        (b'{"tag":{"name":"a\\\\u653f"}}', 0),
        ('{"tag":{"name":"政策"}}'.encode(), 0),
    ],
)
def test_bodies(wechat: Client, raw: bytes, errcode: int) -> None:
    url = f"{wechat.address}/cgi-bin/tags/create?access_token={wechat.token()}"
    assert requests.post(url, data=raw, timeout=9).json().get("errcode", 0) == errcode


def test_plain_tokens_overlap_five_minutes(wechat: Client) -> None:
    first, second = (wechat.api("token", token="", **credentials())["access_token"] for _ in range(2))
    assert first != second
    assert wechat.code("getcallbackip", token=first) == 0
    wechat.later(301)
    assert wechat.code("getcallbackip", token=first) == 40001
    assert wechat.code("getcallbackip", token=second) == 0
    wechat.later(7000)
    assert wechat.code("getcallbackip", token=second) == 42001


def test_stable_tokens(wechat: Client) -> None:
    def fetch(**more: Any) -> tuple[str, int]:
        answer = wechat.api("stable_token", credentials(**more), token="")
        return answer["access_token"], answer["expires_in"]

    first, life = fetch()
    assert 7195 <= life <= 7200
    wechat.later(6000)
    again, left = fetch()
    assert again == first
    assert 1190 <= left <= 1200
    wechat.later(1000)  # 200 s left: the platform has renewed it by itself
    renewed, left = fetch()
    assert renewed != first
    assert left >= 7195
    assert wechat.code("getcallbackip", token=first) == 0
    forced, _ = fetch(force_refresh=True)
    assert wechat.code("getcallbackip", token=renewed) == 40001
    assert fetch(force_refresh=True)[0] == forced  # sooner than 30 s: not refreshed
    wechat.later(31)
    assert fetch(force_refresh=True)[0] != forced
    assert wechat.sim("stats")["token_fetches"] == 6


def test_forced_refreshes_are_counted(wechat: Client) -> None:
    for _ in range(20):
        assert wechat.code("stable_token", credentials(force_refresh=True), token="") == 0
        wechat.later(31)
    assert wechat.code("stable_token", credentials(force_refresh=True), token="") == 45009


FREE = ["get_current_selfmenu_info", "getcallbackip", "get_api_domain_ip", "draft/count"]
VERIFIED = ["user/get", "tags/get", "menu/get"]
SERVICE = ["template/get_all_private_template"]


@pytest.mark.parametrize(
    ("kind", "verified", "allowed"),
    [
        ("subscription", False, FREE),
        ("service", False, FREE),
        ("subscription", True, FREE + VERIFIED),
        ("service", True, FREE + VERIFIED + SERVICE),
    ],
)
def test_rights_by_account(wechat: Client, kind: str, verified: bool, allowed: list[str]) -> None:
    wechat.sim("account", {"account_kind": kind, "verified": verified})
    codes = {path: wechat.code(path) for path in FREE + VERIFIED + SERVICE}
    assert [path for path, code in codes.items() if code != 48001] == allowed


@pytest.mark.parametrize(
    ("path", "kinds"),
    [
        ("message/custom/send", {("service", True), ("subscription", True)}),
        ("message/custom/typing", {("service", True), ("subscription", True)}),
        ("message/mass/sendall", {("service", True), ("subscription", True)}),
        ("message/mass/send", {("service", True)}),
        ("message/template/send", {("service", True)}),
        ("message/subscribe/bizsend", {("service", True)}),
        ("message/template/subscribe", {("service", True), ("subscription", True)}),
        ("qrcode/create", {("service", True)}),
        ("freepublish/submit", {("service", True), ("subscription", True)}),
        ("menu/create", {("service", True), ("subscription", True)}),
    ],
)
def test_rights_of_sending(wechat: Client, path: str, kinds: set[tuple[str, bool]]) -> None:
    able = set()
    for kind in ("service", "subscription"):
        for verified in (True, False):
            wechat.sim("account", {"account_kind": kind, "verified": verified})
            if wechat.code(path, {"x": 1}) != 48001:
                able.add((kind, verified))
    assert able == kinds


def test_the_day_s_quota_and_its_tools(open_simulator: Open) -> None:
    wechat = open_simulator(quotas={"/cgi-bin/user/get": 3})
    assert [wechat.code("user/get") for _ in range(4)] == [0, 0, 0, 45009]
    shown = wechat.api("openapi/quota/get", {"cgi_path": "/cgi-bin/user/get"})["quota"]
    assert shown == {"daily_limit": 3, "used": 3, "remain": 0}
    assert wechat.code("clear_quota", {"appid": "wrong"}) == 40013
    assert wechat.code("clear_quota", {"appid": APPID}) == 0
    assert wechat.code("user/get") == 0
    assert [wechat.code("clear_quota", {"appid": APPID}) for _ in range(10)] == [0] * 9 + [48006]
    for _ in range(4):
        wechat.code("user/get")
    wechat.later(86400)
    assert Client(wechat.address).code("user/get") == 0


@pytest.mark.parametrize(
    ("path", "errcode"), [("/cgi-bin/nonsense", 76021), ("/sns/userinfo", 76022), ("user/get", 76003)]
)
def test_quota_of_wrong_paths(wechat: Client, path: str, errcode: int) -> None:
    assert wechat.code("openapi/quota/get", {"cgi_path": path}) == errcode


@pytest.mark.parametrize("errcode", [-1, 45009, 40001, 40164, 48001])
def test_injected_codes(wechat: Client, errcode: int) -> None:
    wechat.token()
    wechat.sim("faults", {"kind": "errcode", "errcode": errcode, "path": "/cgi-bin/user", "times": 2})
    assert [wechat.code("user/get") for _ in range(3)] == [errcode, errcode, 0]
    assert wechat.code("tags/get") == 0
    assert wechat.sim("stats")["errors"] == {str(errcode): 2}


def test_dropped_connections_before_and_after_acceptance(wechat: Client) -> None:
    openid = wechat.follower()
    wechat.sim("say", {"openid": openid, "text": "1"})
    body = {"touser": openid, "msgtype": "text", "text": {"content": "一"}}
    wechat.token()
    for kind, arrived in (("hang_before", 0), ("hang_after", 1)):
        wechat.sim("faults", [{kind: True, "path": "/cgi-bin/message/custom", "times": 1}])
        with pytest.raises(requests.ConnectionError):
            wechat.api("message/custom/send", body)
        assert [m["channel"] for m in wechat.outbox(openid)].count("custom") == arrived
    assert wechat.text(openid) == 0


def test_latency_and_html(wechat: Client) -> None:
    wechat.token()
    wechat.sim(
        "faults", [{"latency": 0.3, "times": 1}, {"html502": True, "path": "/cgi-bin/tags", "times": 1}]
    )
    began = time.monotonic()
    assert wechat.code("user/get") == 0
    assert time.monotonic() - began >= 0.3
    url = f"{wechat.address}/cgi-bin/tags/get?access_token={wechat.token()}"
    answer = requests.get(url, timeout=9)
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (502, "text/html")
    assert requests.get(url, timeout=9).status_code == 200


def test_faults_are_listed_replaced_and_cleared(wechat: Client) -> None:
    wechat.sim("faults", {"kind": "latency", "seconds": 6})
    wechat.sim("faults", {"kind": "latency", "seconds": 1})
    [rule] = wechat.sim("faults")["faults"]
    assert (rule["kind"], rule["seconds"], rule["left"]) == ("latency", 1.0, None)
    assert wechat.sim("faults", {"clear": True}) == {"faults": []}


@pytest.mark.parametrize("body", [{"kind": "magic"}, {}, [3], {"kind": "latency", "seconds": "x"}])
def test_unknown_faults_are_refused_with_words(wechat: Client, body: Any) -> None:
    answer = requests.post(f"{wechat.address}/sim/faults", json=body, timeout=9)
    assert answer.status_code == 400
    assert "故障" in answer.json()["error"]


def test_connections_are_kept(wechat: Client) -> None:
    path = f"/cgi-bin/getcallbackip?access_token={wechat.token()}"
    connection = http.client.HTTPConnection(wechat.address.removeprefix("http://"), timeout=9)
    sockets = set()
    for _ in range(3):
        connection.request("GET", path)
        assert connection.getresponse().read()
        sockets.add(connection.sock)
    connection.close()
    assert len(sockets) == 1
    assert None not in sockets
