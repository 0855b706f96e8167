"""Signatures and encryption against the platform's own vectors (platform §1.4) and against wechatpy."""

from __future__ import annotations

import json

import pytest
from wechatpy.crypto import WeChatCrypto

from bot.simulator.pushes.crypto import Crypto, CryptoError, sign
from tests.simulator.kit import AES_KEY, APPID, TOKEN

SEALED = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6Jsx"
    "UnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajA"
    "sjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
)
SEALED = SEALED.replace("v6JsxUnnR8", "v6JsXUnnR8")
REPLY = "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="


@pytest.fixture
def official() -> Crypto:
    """The account of the platform's vectors."""
    return Crypto("AAAAA", "A" * 43, "wxba5fad812f8e6fb9")


@pytest.mark.parametrize(
    ("timestamp", "nonce", "signature"),
    [
        ("1714036504", "1514711492", "f464b24fc39322e44b38aa78f5edd27bd1441696"),
        ("1714037059", "486452656", "899cf89e464efb63f54ddac96b0a0a235f53aa78"),
        ("1714112445", "415670741", "6c5c811b55cc85e0e1b54100749188c20beb3f5d"),
    ],
)
def test_signatures_of_urls(official: Crypto, timestamp: str, nonce: str, signature: str) -> None:
    assert official.signature(timestamp, nonce) == signature


def test_an_encrypted_push(official: Crypto) -> None:
    signature = "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3"
    official.verify(signature, "1714112445", "415670741", SEALED)
    message = official.decrypt(SEALED)
    assert len(message.encode()) == 167
    assert json.loads(message)["Event"] == "debug_demo"


def test_an_encrypted_reply(official: Crypto) -> None:
    assert official.encrypt('{"demo_resp":"good luck"}', prefix=b"707722b803182950") == REPLY
    expected = "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"
    assert official.msg_signature("1713424427", "415670741", REPLY) == expected


def test_wechatpy_reads_what_we_encrypt_and_we_read_what_it_encrypts() -> None:
    ours, theirs = Crypto(TOKEN, AES_KEY, APPID), WeChatCrypto(TOKEN, AES_KEY, APPID)
    sealed = ours.encrypt("<xml>政策</xml>")
    signature = sign(TOKEN, "1", "2", sealed)
    assert (
        theirs.decrypt_message(f"<xml><Encrypt>{sealed}</Encrypt></xml>", signature, "1", "2")
        == "<xml>政策</xml>"
    )
    envelope = theirs.encrypt_message("<xml>诉求</xml>", "2", "1")
    encrypted = envelope.split("<Encrypt><![CDATA[")[1].split("]]>")[0]
    assert ours.decrypt(encrypted) == "<xml>诉求</xml>"


@pytest.mark.parametrize("length", [0, 1, 15, 16, 27, 28, 31, 32, 33, 2048])
def test_every_length_comes_back(length: int) -> None:
    crypto = Crypto(TOKEN, AES_KEY, APPID)
    assert crypto.decrypt(crypto.encrypt("x" * length)) == "x" * length


@pytest.mark.parametrize(
    "sealed",
    [
        "",
        "no base64!",
        "AAAA",
        REPLY[:-8] + "AAAAAA==",
        Crypto(TOKEN, "B" * 43, APPID).encrypt("x"),
        Crypto(TOKEN, AES_KEY, APPID).encrypt("x", appid="wxffffffffffffffff"),
    ],
    ids=["empty", "not base64", "half a block", "damaged", "other key", "other appid"],
)
def test_what_is_not_ours_is_refused(sealed: str) -> None:
    with pytest.raises(CryptoError):
        Crypto(TOKEN, AES_KEY, APPID).decrypt(sealed)
