"""The control API: followers, outbox, clock, streams, pages, state over restarts (design §4)."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
import requests

from bot.core import clock
from bot.simulator.settings import SimulatorSettings
from tests.simulator.kit import APPID, SECRET, TOKEN, Client, Webhook, eventually, says

Open = Callable[..., Client]


def test_followers_begin_to_follow_before_the_webhook_s_eyes(wechat: Client, webhook: Webhook) -> None:
    webhook.answer = says("欢迎关注")
    made = wechat.sim("followers", {"count": 2, "notify": True, "name": "王女士"})
    assert made["failed"] == 0
    assert len(webhook.events("subscribe")) == 2
    [first, second] = wechat.sim("followers")["followers"]
    assert (first["name"], first["subscribed"], first["unread"], first["last"]["text"]) == (
        "王女士",
        True,
        1,
        "欢迎关注",
    )
    assert second["openid"] == made["openids"][1]
    wechat.outbox(first["openid"])
    assert wechat.sim("followers")["followers"][0]["unread"] == 0


def test_an_unknown_openid_becomes_a_follower(wechat: Client) -> None:
    wechat.sim("say", {"openid": "oDemoAAAAAAAAAAAAAAAAAAAA001", "text": "您好"})
    assert wechat.api("user/info", openid="oDemoAAAAAAAAAAAAAAAAAAAA001")["subscribe"] == 1
    answer = requests.post(f"{wechat.address}/sim/say", json={"openid": "a b", "text": "x"}, timeout=9)
    assert answer.status_code == 400
    assert "openid" in answer.json()["error"]


def test_a_given_msg_id_can_be_repeated(wechat: Client, webhook: Webhook) -> None:
    openid = wechat.follower()
    for _ in range(2):
        wechat.sim("say", {"openid": openid, "text": "您好", "msg_id": 42})
    assert [one.field("MsgId") for one in webhook.pushes] == ["42", "42"]


@pytest.mark.parametrize("change", [{"set": "2026-11-30T09:00:00+08:00"}, {"set": "2026-11-30T09:00:00"}])
def test_the_clock_moves_for_everybody(
    wechat: Client, webhook: Webhook, clock_file: Path, change: dict[str, str]
) -> None:
    shown = wechat.sim("clock", change)
    assert shown["local"].startswith("2026-11-30T09:00:0")
    assert shown["utc"].startswith("2026-11-30T01:00:0")
    assert clock.local(clock.now()).strftime("%m-%d %H:%M") == "11-30 09:00"
    assert "offset" in json.loads(clock_file.read_text())
    openid = wechat.follower()
    wechat.sim("say", {"openid": openid, "text": "您好"})
    moment = datetime.fromtimestamp(int(webhook.pushes[-1].field("CreateTime") or 0), clock.SHANGHAI)
    assert f"{moment:%Y-%m-%d %H:%M}" == "2026-11-30 09:00"
    assert wechat.outbox(openid)[0]["at"].startswith("2026-11-30T09:00")
    wechat.sim("clock", {"advance_seconds": 3600})
    assert wechat.sim("clock")["local"].startswith("2026-11-30T10:00:0")
    assert abs(wechat.sim("clock", {"reset": True})["offset_seconds"]) < 1


def test_nonsense_for_the_clock_is_refused(wechat: Client) -> None:
    for body in ({"set": "tomorrow"}, {}, {"advance_seconds": "x"}):
        assert requests.post(f"{wechat.address}/sim/clock", json=body, timeout=9).status_code == 400


class Ear(threading.Thread):
    """Reads one stream on a bare socket until it is stopped."""

    def __init__(self, wechat: Client, openid: str) -> None:
        super().__init__(daemon=True)
        host, port = wechat.address.removeprefix("http://").split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=20)
        self.socket.sendall(f"GET /sim/stream?openid={openid} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        self.heard = b""
        self.start()
        eventually(lambda: b": connected" in self.heard)

    def run(self) -> None:
        while piece := self.socket.recv(65536):
            self.heard += piece

    def events(self, name: str) -> list[dict[str, object]]:
        """The data of all events of this name."""
        blocks = [block.split("\n") for block in self.heard.decode(errors="ignore").split("\n\n")[:-1]]
        return [json.loads(lines[1][6:]) for lines in blocks if lines[0] == f"event: {name}"]

    def stop(self) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self.join()
        self.socket.close()


def test_streams_tell_the_same_as_the_outbox(wechat: Client, webhook: Webhook) -> None:
    webhook.answer = says("收到")
    openid, other = wechat.follower(), wechat.follower()
    ear = Ear(wechat, openid)
    wechat.sim("say", {"openid": other, "text": "别人"})
    wechat.sim("say", {"openid": openid, "text": "我的"})
    eventually(lambda: len(ear.events("message")) == 2)
    assert ear.events("message") == wechat.outbox(openid)
    wechat.api("menu/create", {"button": [{"type": "click", "name": "问", "key": "K"}]})
    wechat.sim("clock", {"advance_seconds": 1})
    eventually(lambda: ear.events("menu") and ear.events("clock"))
    ear.stop()


def test_many_streams_do_not_starve_the_api(wechat: Client) -> None:
    openid = wechat.follower()
    ears = [Ear(wechat, openid) for _ in range(60)]
    assert wechat.sim("say", {"openid": openid, "text": "您好"})["failed"] is False
    assert wechat.code("user/get") == 0
    eventually(lambda: all(len(ear.events("message")) == 1 for ear in ears))
    for ear in ears:
        ear.stop()


def test_the_chat_page_is_served(wechat: Client) -> None:
    page = requests.get(wechat.address + "/", timeout=9)
    assert page.headers["Content-Type"].startswith("text/html")
    assert requests.get(wechat.address + "/page/chat.css", timeout=9).ok
    assert requests.get(wechat.address + "/page/../app.py", timeout=9).status_code == 404


def test_the_state_survives_a_restart(open_simulator: Open, tmp_path: Path) -> None:
    file = tmp_path / "state" / "wechat.json"
    before = open_simulator(state_file=file, followers=2)
    openid = before.sim("followers")["followers"][0]["openid"]
    before.sim("say", {"openid": openid, "text": "您好"})
    before.draft()
    eventually(lambda: file.exists() and "您好" in file.read_text())
    eventually(lambda: '"drafts":{}' not in file.read_text())
    after = open_simulator(state_file=file, followers=2)
    assert len(after.sim("followers")["followers"]) == 2
    assert after.outbox(openid) == before.outbox(openid)
    assert after.api("draft/count")["total_count"] == 1
    assert after.text(openid) == 0


def test_the_same_account_meets_the_same_people_again(open_simulator: Open) -> None:
    first, second = open_simulator(followers=3), open_simulator(followers=3)
    assert first.api("user/get")["data"] == second.api("user/get")["data"]


@pytest.mark.parametrize(
    "wrong",
    [{"mode": "loud"}, {"account_kind": "robot"}, {"mode": "secure", "aes_key": "short"}, {"webhook": "x"}],
)
def test_impossible_settings_are_refused(wrong: dict[str, str]) -> None:
    right = {
        "webhook": "http://127.0.0.1/",
        "appid": APPID,
        "secret": SECRET,
        "token": TOKEN,
        "mode": "plain",
    }
    with pytest.raises(ValueError, match=r"."):
        SimulatorSettings(**{**right, **wrong})  # type: ignore[arg-type]
