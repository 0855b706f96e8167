"""Deliveries to the webhook: five seconds, three times, the failure line (platform §2, §3)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import requests

from bot.simulator.control.outbox import FAILURE_LINE
from bot.simulator.pushes.crypto import Crypto
from tests.simulator.kit import (
    AES_KEY,
    APPID,
    JPG,
    ORIGINAL_ID,
    TOKEN,
    Answer,
    Client,
    Push,
    Webhook,
    reply,
    says,
)


def test_a_text_and_its_reply(wechat: Client, webhook: Webhook) -> None:
    webhook.answer = says("创业补贴")
    openid = wechat.follower()
    answer = wechat.sim("say", {"openid": openid, "text": "政策 <b> & ]]> 补贴"})
    assert answer["reply"]["type"] == "text"
    assert answer["reply"]["text"] == "创业补贴"
    assert (answer["deliveries"], answer["failed"]) == (1, False)
    [push] = webhook.pushes
    root = ET.fromstring(push.body)
    assert [one.tag for one in root] == [
        "ToUserName",
        "FromUserName",
        "CreateTime",
        "MsgType",
        "Content",
        "MsgId",
    ]
    assert push.field("ToUserName") == ORIGINAL_ID
    assert push.field("Content") == "政策 <b> & ]]> 补贴"
    assert b"<Content><![CDATA[" in push.body
    assert push.query["openid"] == openid == push.field("FromUserName")
    signature = Crypto(TOKEN, "", APPID).signature(push.query["timestamp"], push.query["nonce"])
    assert push.query["signature"] == signature
    assert [(m["from"], m["channel"], m["text"]) for m in wechat.outbox(openid)] == [
        ("me", "message", "政策 <b> & ]]> 补贴"),
        ("account", "passive", "创业补贴"),
    ]


def test_three_deliveries_of_the_same_bytes_then_the_failure_line(wechat: Client, webhook: Webhook) -> None:
    webhook.answer = _slow(0.8, b"success")
    openid = wechat.follower()
    answer = wechat.sim("say", {"openid": openid, "text": "政策"})
    assert (answer["deliveries"], answer["failed"]) == (3, True)
    assert answer["reply"]["text"] == FAILURE_LINE
    assert 1400 <= answer["ms"] < 2500
    assert len({one.body for one in webhook.pushes}) == 1
    assert len({tuple(one.query.items()) for one in webhook.pushes}) == 1
    assert wechat.outbox(openid)[-1]["from"] == "system"
    assert wechat.sim("stats")["failure_lines"] == 1


def test_an_answer_to_the_second_delivery_still_reaches_the_follower(
    wechat: Client, webhook: Webhook
) -> None:
    def answer(push: Push) -> Answer:
        if len(webhook.pushes) == 1:
            time.sleep(0.8)
        return says("来了")(push)

    webhook.answer = answer
    result = wechat.sim("say", {"openid": wechat.follower(), "text": "政策"})
    assert (result["reply"]["text"], result["deliveries"], result["failed"]) == ("来了", 2, False)


def test_the_time_limit_is_wall_time_even_for_a_dribbling_answer(wechat: Client) -> None:
    # The simulator's timeout is for the whole exchange: bytes that come one by one do not extend it.
    import socket
    import threading

    with socket.create_server(("127.0.0.1", 0)) as listener:
        from bot.simulator.pushes.caller import exchange

        def dribble() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                for _ in range(12):
                    time.sleep(0.1)
                    connection.sendall(b"x")

        thread = threading.Thread(target=dribble, daemon=True)
        thread.start()
        began = time.monotonic()
        answer = exchange(f"http://127.0.0.1:{listener.getsockname()[1]}/", b"", 0.5)
        assert time.monotonic() - began < 0.8
        assert answer.problem.startswith("no answer within")
        thread.join()


@pytest.mark.parametrize(
    ("answer", "deliveries"),
    [((500, b"oops"), 3), ((302, b""), 3), (b'{"json":1}', 1), (b"<xml>", 1)],
    ids=["500", "redirect", "json", "broken xml"],
)
def test_bad_answers(wechat: Client, webhook: Webhook, answer: Answer, deliveries: int) -> None:
    webhook.answer = lambda push: answer
    result = wechat.sim("say", {"openid": wechat.follower(), "text": "政策"})
    assert (result["failed"], result["deliveries"]) == (True, deliveries)


def test_a_webhook_that_is_down(open_simulator: Callable[..., Client], webhook: Webhook) -> None:
    wechat = open_simulator()
    webhook.stop()
    result = wechat.sim("say", {"openid": wechat.follower(), "text": "政策"})
    assert (result["failed"], result["deliveries"]) == (True, 3)
    webhook.start()


@pytest.mark.parametrize("quiet", [b"success", b""])
def test_silence(wechat: Client, webhook: Webhook, quiet: bytes) -> None:
    webhook.answer = lambda push: quiet
    result = wechat.sim("say", {"openid": wechat.follower(), "text": "政策"})
    assert (result["reply"], result["failed"]) == (None, False)


def test_the_failure_of_an_event_that_shows_nothing_stays_unseen(wechat: Client, webhook: Webhook) -> None:
    webhook.answer = lambda push: b"{}"
    openid = wechat.follower()
    result = wechat.sim("event", {"openid": openid, "Event": "VIEW", "EventKey": "https://a.cn/"})
    assert (result["failed"], result["reply"]) == (True, None)
    assert wechat.sim("stats")["failure_lines"] == 0


@pytest.mark.parametrize("mode", ["secure", "compatible"])
def test_encrypted_modes(open_simulator: Callable[..., Client], webhook: Webhook, mode: str) -> None:
    crypto = Crypto(TOKEN, AES_KEY, APPID)

    def answer(push: Push) -> Answer:
        encrypted = push.field("Encrypt") or ""
        crypto.verify(push.query["msg_signature"], push.query["timestamp"], push.query["nonce"], encrypted)
        inner = Push(push.query, crypto.decrypt(encrypted).encode())
        sealed = crypto.encrypt(reply(inner, f"<Content>{inner.field('Content')}收到</Content>").decode())
        signature = crypto.msg_signature("1795400001", "77", sealed)
        return (
            f"<xml><Encrypt>{sealed}</Encrypt><MsgSignature>{signature}</MsgSignature>"
            "<TimeStamp>1795400001</TimeStamp><Nonce>77</Nonce></xml>"
        ).encode()

    webhook.answer = answer
    wechat = open_simulator(mode=mode, aes_key=AES_KEY)
    result = wechat.sim("say", {"openid": wechat.follower(), "text": "诉求"})
    assert result["reply"]["text"] == "诉求收到", result
    [push] = webhook.pushes
    assert push.query["encrypt_type"] == "aes"
    assert (push.field("Content") is None) == (mode == "secure")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            {"MsgType": "text", "Content": "a", "MsgId": 7, "MsgDataId": 5, "Idx": 1},
            {"MsgId": "7", "Idx": "1"},
        ),
        ({"MsgType": "location", "Label": "石景山"}, {"Location_X": "39.906217", "Label": "石景山"}),
        ({"MsgType": "voice"}, {"Format": "amr"}),
        ({"MsgType": "link", "Title": "标题"}, {"Title": "标题", "Url": "https://example.gov.cn/a"}),
        ({"MsgType": "newkind", "Odd": {"Inner": [1, 2]}}, {"MsgType": "newkind", "Odd/Inner": "1"}),
    ],
)
def test_any_message(
    wechat: Client, webhook: Webhook, given: dict[str, Any], expected: dict[str, str]
) -> None:
    wechat.sim("message", {"openid": wechat.follower(), **given})
    assert {path: webhook.pushes[-1].field(path) for path in expected} == expected
    assert webhook.pushes[-1].field("MsgId")


def test_events_have_no_msg_id_and_keep_an_empty_key(wechat: Client, webhook: Webhook) -> None:
    wechat.sim("event", {"openid": wechat.follower(), "Event": "subscribe"})
    assert webhook.pushes[-1].field("MsgId") is None
    assert b"<EventKey><![CDATA[]]></EventKey>" in webhook.pushes[-1].body


def test_a_picture_can_be_fetched_by_the_account_for_three_days(wechat: Client, webhook: Webhook) -> None:
    openid = wechat.follower()
    answer = requests.post(
        f"{wechat.address}/sim/picture", data={"openid": openid}, files={"file": ("门店.jpg", JPG)}, timeout=9
    )
    assert answer.json()["failed"] is False
    push = webhook.pushes[-1]
    assert requests.get(str(push.field("PicUrl")), timeout=9).content == JPG
    params = {"access_token": wechat.token(), "media_id": push.field("MediaId")}
    got = requests.get(f"{wechat.address}/cgi-bin/media/get", params=params, timeout=9)
    assert (got.content, got.headers["Content-Type"]) == (JPG, "image/jpeg")
    wechat.later(3 * 86400 + 1)
    assert wechat.code("media/get", media_id=push.field("MediaId"), token=_fresh(wechat)) == 40007


def test_raw_bodies(wechat: Client, webhook: Webhook) -> None:
    webhook.answer = lambda push: (403, b"no") if "signature" not in push.query else b"success"
    assert wechat.sim("raw", {"body": "<a", "sign": False})["status"] == 403
    assert wechat.sim("raw", {"body": "<a"})["body"] == "success"
    wechat.sim("raw", {"body": "", "query": {"signature": "wrong"}})
    assert webhook.pushes[-1].query["signature"] == "wrong"


def test_saving_the_address_asks_for_the_echo(wechat: Client) -> None:
    assert wechat.sim("verify", {})["ok"] is True


def test_the_pause_after_repeated_failures_is_off_until_asked_for(wechat: Client, webhook: Webhook) -> None:
    webhook.answer = lambda push: b"{}"
    openid = wechat.follower()
    for _ in range(4):
        assert wechat.sim("say", {"openid": openid, "text": "1"})["deliveries"] == 1
    wechat.sim("account", {"pause_after_failures": True})
    for _ in range(3):
        wechat.sim("say", {"openid": openid, "text": "1"})
    assert wechat.sim("say", {"openid": openid, "text": "1"})["deliveries"] == 0
    wechat.later(61)
    assert wechat.sim("say", {"openid": openid, "text": "1"})["deliveries"] == 1


def _slow(seconds: float, answer: Answer) -> Callable[[Push], Answer]:
    def slow(push: Push) -> Answer:
        time.sleep(seconds)
        return answer

    return slow


def _fresh(wechat: Client) -> str:
    return Client(wechat.address).token()
