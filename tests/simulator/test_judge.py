"""What each kind of answer means for the follower (platform §3, §15.3)."""

from __future__ import annotations

import pytest

from bot.simulator.pushes.crypto import Crypto
from bot.simulator.pushes.envelope import xml
from bot.simulator.pushes.judge import Asked, Fate, judge
from bot.simulator.settings import Mode
from tests.simulator.kit import AES_KEY, APPID, ORIGINAL_ID, TOKEN, Push, news, reply

OPENID = "oDemoAAAAAAAAAAAAAAAAAAAA001"
ASKED = Asked(OPENID, ORIGINAL_ID, "text")
CLICK = Asked(OPENID, ORIGINAL_ID, "event", "CLICK")
CRYPTO = Crypto(TOKEN, AES_KEY, APPID)
PUSH = Push({}, xml({"ToUserName": ORIGINAL_ID, "FromUserName": OPENID}).encode())
TEXT = reply(PUSH, "<Content><![CDATA[您好]]></Content>")


def _fate(body: bytes, asked: Asked = ASKED, mode: Mode = "plain") -> Fate:
    return judge(asked, body, mode, CRYPTO, lambda media_id: media_id == "known").fate


@pytest.mark.parametrize(
    ("body", "fate"),
    [
        (b"", Fate.SILENCE),
        (b"success", Fate.SILENCE),
        (b"success\n", Fate.SILENCE),
        (TEXT, Fate.SHOWN),
        (b"ok", Fate.FAILURE),
        (b'{"errcode":0}', Fate.FAILURE),
        (b"<html><body>502</body></html>", Fate.FAILURE),
        (TEXT[:-3], Fate.FAILURE),
        (b'<!DOCTYPE a [<!ENTITY b "c">]>' + TEXT, Fate.FAILURE),
        (TEXT.replace("您".encode(), b"\xff"), Fate.FAILURE),
        (TEXT.replace("您".encode(), b"\x07"), Fate.FAILURE),
        (TEXT.replace(b"1795400002", b"now"), Fate.FAILURE),
        (TEXT.replace(OPENID.encode(), b"oSomebodyElse"), Fate.FAILURE),
        (TEXT.replace(ORIGINAL_ID.encode(), b"gh_other"), Fate.FAILURE),
        (TEXT.replace(b"[text]", b"[file]"), Fate.FAILURE),
        (reply(PUSH, "<Content></Content>"), Fate.FAILURE),
        (reply(PUSH, f"<Content>{'字' * 682}ab</Content>"), Fate.SHOWN),
        (reply(PUSH, f"<Content>{'字' * 683}</Content>"), Fate.FAILURE),
        (reply(PUSH, news(1), "news"), Fate.SHOWN),
        (reply(PUSH, news(2), "news"), Fate.NOTHING),
        (reply(PUSH, news(2).replace(">2<", ">1<"), "news"), Fate.FAILURE),
        (reply(PUSH, "<Image><MediaId>known</MediaId></Image>", "image"), Fate.SHOWN),
        (reply(PUSH, "<Image><MediaId>expired</MediaId></Image>", "image"), Fate.FAILURE),
        (reply(PUSH, "", "transfer_customer_service"), Fate.NOTHING),
    ],
)
def test_answers_to_a_text(body: bytes, fate: Fate) -> None:
    assert _fate(body) is fate


@pytest.mark.parametrize(("count", "fate"), [(1, Fate.SHOWN), (8, Fate.SHOWN), (9, Fate.NOTHING)])
def test_an_event_may_be_answered_with_eight_articles(count: int, fate: Fate) -> None:
    assert _fate(reply(PUSH, news(count), "news"), CLICK) is fate


@pytest.mark.parametrize("event", ["VIEW", "unsubscribe", "MASSSENDJOBFINISH", "LOCATION", "debug_demo"])
def test_replies_to_other_events_are_not_shown(event: str) -> None:
    assert _fate(TEXT, Asked(OPENID, ORIGINAL_ID, "event", event)) is Fate.NOTHING


def _sealed(message: bytes, crypto: Crypto = CRYPTO, signature: str = "") -> bytes:
    encrypted = crypto.encrypt(message.decode())
    signed = signature or CRYPTO.msg_signature("1", "2", encrypted)
    return xml({"Encrypt": encrypted, "MsgSignature": signed, "TimeStamp": 1, "Nonce": "2"}).encode()


@pytest.mark.parametrize(
    ("body", "mode", "fate"),
    [
        (_sealed(TEXT), "secure", Fate.SHOWN),
        (_sealed(TEXT), "compatible", Fate.SHOWN),
        (TEXT, "compatible", Fate.SHOWN),
        (TEXT, "secure", Fate.FAILURE),
        (_sealed(TEXT), "plain", Fate.FAILURE),
        (b"success", "secure", Fate.SILENCE),
        (_sealed(TEXT, signature="0" * 40), "secure", Fate.FAILURE),
        (_sealed(TEXT, Crypto(TOKEN, AES_KEY, "wxffffffffffffffff")), "secure", Fate.FAILURE),
        (_sealed(TEXT, Crypto(TOKEN, "B" * 43, APPID)), "secure", Fate.FAILURE),
        (b"<xml><Encrypt>x</Encrypt></xml>", "secure", Fate.FAILURE),
    ],
)
def test_modes(body: bytes, mode: Mode, fate: Fate) -> None:
    assert _fate(body, mode=mode) is fate
