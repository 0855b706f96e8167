"""WeChat's published test vectors (platform §1.4), byte by byte."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from bot.wechat.crypt import decrypt, encrypt, signature
from bot.wechat.envelope import open_envelope, seal, verify_echo
from bot.wechat.parsing import parse
from tests.wechat.wire import ACCOUNT, NOW, encrypted, packed, padded, secure, signed, text

KEY = "A" * 43
OFFICIAL = replace(ACCOUNT, appid="wxba5fad812f8e6fb9", token="AAAAA", aes_key=KEY)
ENCRYPT = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8X"
    "GT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32II"
    "jdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
)
REPLY = "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="


def test_the_echo_of_the_published_get_is_answered_raw() -> None:
    query = {
        "signature": "f464b24fc39322e44b38aa78f5edd27bd1441696",
        "timestamp": "1714036504",
        "nonce": "1514711492",
        "echostr": "4375120948345356249",
    }
    assert verify_echo(query, OFFICIAL) == "4375120948345356249"
    assert verify_echo(query, OFFICIAL, datetime.fromtimestamp(1714036504, UTC)) == "4375120948345356249"


def test_the_published_plain_post_signature() -> None:
    assert signature("AAAAA", "1714037059", "486452656") == "899cf89e464efb63f54ddac96b0a0a235f53aa78"


def test_the_published_secure_post_opens() -> None:
    query = {
        "signature": "6c5c811b55cc85e0e1b54100749188c20beb3f5d",
        "timestamp": "1714112445",
        "nonce": "415670741",
        "encrypt_type": "aes",
        "msg_signature": "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
    }
    body = f"<xml><ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName><Encrypt><![CDATA[{ENCRYPT}]]></Encrypt></xml>"
    fields = open_envelope(query, body.encode(), OFFICIAL, datetime.fromtimestamp(1714112445, UTC))
    assert fields == {
        "ToUserName": "gh_97417a04a28d",
        "FromUserName": "o9AgO5Kd5ggOC-bXrbNODIiE3bGY",
        "CreateTime": "1714112445",
        "MsgType": "event",
        "Event": "debug_demo",
        "debug_str": "hello world",
    }


def test_the_published_reply_has_our_layout() -> None:
    message = b'{"demo_resp":"good luck"}'
    plain = b"707722b803182950" + packed(message, OFFICIAL.appid)[16:]
    assert encrypted(padded(plain), KEY) == REPLY  # the test's own writer agrees with the page
    assert decrypt(REPLY, KEY, OFFICIAL.appid) == message
    assert signature("AAAAA", "1713424427", "415670741", REPLY) == "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"


def test_a_sealed_reply_can_be_opened_by_the_other_side() -> None:
    reply = "<xml><Content><![CDATA[您好 😀]]></Content></xml>"
    fields = parse(seal(reply, ACCOUNT, "98765", 1795400001))
    assert fields["TimeStamp"] == "1795400001"
    assert fields["Nonce"] == "98765"
    assert fields["MsgSignature"] == signature(ACCOUNT.token, "1795400001", "98765", fields["Encrypt"])
    assert decrypt(fields["Encrypt"], ACCOUNT.aes_key, ACCOUNT.appid).decode() == reply


def test_the_same_message_is_never_sealed_alike_twice() -> None:
    assert encrypt("<xml/>", ACCOUNT.aes_key, ACCOUNT.appid) != encrypt(
        "<xml/>", ACCOUNT.aes_key, ACCOUNT.appid
    )


def test_messages_of_every_length_survive_the_padding() -> None:
    for length in range(70):
        message = "x" * length
        assert decrypt(encrypt(message, ACCOUNT.aes_key, "wx1"), ACCOUNT.aes_key, "wx1").decode() == message


def test_the_key_before_the_last_change_still_opens() -> None:
    query, body = secure(text("换钥之前发出"))
    changed = replace(ACCOUNT, aes_key="B" * 42 + "A", previous_aes_key=ACCOUNT.aes_key)
    assert open_envelope(query, body, changed, NOW)["Content"] == "换钥之前发出"


def test_plain_mode_reads_plain_bodies() -> None:
    assert open_envelope(signed(), text("您好"), replace(ACCOUNT, mode="plain"), NOW)["Content"] == "您好"
