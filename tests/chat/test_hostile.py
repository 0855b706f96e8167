"""The webhook against everything that is not a well-meant message: never a 5xx, never an effect without a signature."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
import xmltodict

from bot.core import clock
from bot.wechat.crypt import decrypt, encrypt
from models.inbound import Inbound
from tests.support.place import KEYS, Place

OPENID = "oHostile00000000000000000001"


def sign(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def query(encrypted: str | None = None, at: int | None = None, token: str = KEYS["token"]) -> dict[str, str]:
    stamp, nonce = str(at if at is not None else int(clock.now().timestamp())), "n0nce"
    values = {"timestamp": stamp, "nonce": nonce, "signature": sign(token, stamp, nonce), "openid": OPENID}
    if encrypted is not None:
        values |= {"encrypt_type": "aes", "msg_signature": sign(token, stamp, nonce, encrypted)}
    return values


def message(content: str = "菜单", **fields: str) -> str:
    values = {
        "ToUserName": "gh_0123456789ab", "FromUserName": OPENID, "CreateTime": str(int(clock.now().timestamp())),
        "MsgType": "text", "Content": content, "MsgId": str(time.time_ns()), **fields,
    }  # fmt: skip
    return "<xml>" + "".join(f"<{k}><![CDATA[{v}]]></{k}>" for k, v in values.items() if v) + "</xml>"


def sealed(plain: str, appid: str = KEYS["appid"]) -> str:
    return encrypt(plain, KEYS["aes_key"], appid)


def post(place: Place, plain: str, **more: Any) -> requests.Response:
    encrypted = sealed(plain, more.pop("appid", KEYS["appid"]))
    body = f"<xml><ToUserName><![CDATA[gh]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
    return requests.post(
        f"{place.url}/wechat", params=query(encrypted, **more), data=body.encode(), timeout=30
    )


def effects(place: Place) -> int:
    return place.count(Inbound, Inbound.openid == OPENID)


def test_a_good_message_has_an_effect_and_a_sealed_reply(place: Place) -> None:
    before = effects(place)
    answer = post(place, message())
    assert answer.status_code == 200
    assert b"<Encrypt>" in answer.content
    assert effects(place) == before + 1


def test_the_echo_is_answered_raw_with_and_without_a_slash(place: Place) -> None:
    for path in ("/wechat", "/wechat/"):
        answer = requests.get(f"{place.url}{path}", params={**query(), "echostr": "4375120948345356249"}, timeout=30, allow_redirects=False)  # fmt: skip
        assert (answer.status_code, answer.text) == (200, "4375120948345356249")
    forged = requests.get(
        f"{place.url}/wechat", params={**query(), "signature": "0" * 40, "echostr": "1"}, timeout=30
    )
    assert forged.status_code == 403


@pytest.mark.parametrize(
    "change",
    [
        {"signature": "0" * 40}, {"signature": ""}, {"msg_signature": "0" * 40}, {"msg_signature": ""}, {"timestamp": "0"},
        {"timestamp": "abc"}, {"nonce": "other"}, {"encrypt_type": "raw"}, {"encrypt_type": ""},
    ],
)  # fmt: skip
def test_a_forged_query_has_no_effect(place: Place, change: dict[str, str]) -> None:
    before, encrypted = effects(place), sealed(message())
    body = f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
    answer = requests.post(
        f"{place.url}/wechat", params={**query(encrypted), **change}, data=body, timeout=30
    )
    assert answer.status_code in (400, 401, 403)
    assert effects(place) == before


@pytest.mark.parametrize("age", [-3600, 3600, -310])
def test_an_old_or_future_timestamp_is_refused(place: Place, age: int) -> None:
    before = effects(place)
    assert post(place, message(), at=int(clock.now().timestamp()) + age).status_code == 403
    assert effects(place) == before


def test_retries_of_wechat_fit_the_window(place: Place) -> None:
    assert post(place, message(), at=int(clock.now().timestamp()) - 16).status_code == 200


def test_plaintext_and_another_accounts_messages_are_refused(place: Place) -> None:
    before = effects(place)
    plain = requests.post(f"{place.url}/wechat", params=query(), data=message().encode(), timeout=30)
    assert plain.status_code == 403
    assert post(place, message(), appid="wx9999999999999999").status_code == 403
    assert effects(place) == before


HOSTILE = [
    "", "not xml", "<xml>", "<xml></xml>", "<html/>", "[]", "{}", "null", "<xml><MsgType>text</MsgType></xml>",
    '<!DOCTYPE xml [<!ENTITY a "b">]><xml>&a;</xml>', "<xml>" + "<a>" * 5000 + "</a>" * 5000 + "</xml>",
    message(MsgType="hologram"), message(MsgType="event", Event="debug_demo", Content=""),
    message(MsgType="event", Event="", Content=""), message(MsgId=""), message(CreateTime="x"), message(MsgType=""),
    message("坏\x00字\x08符"), message("]]]]><![CDATA[>"), message("😀🀄𠮷"), message("‮⁦隐藏"), message("<script>alert(1)</script>"),
    message("a" * 20000), message("%s %d {0} {x}"), message("' OR 1=1 --"), message("\ufeff政策"), message(" "),
    message(ToUserName=""), message(FromUserName="x" * 300),
    '{"ToUserName":"gh_1","FromUserName":"oJson0000000000000000000001","CreateTime":1714112445,"MsgType":"event","Event":"debug_demo"}',
]  # fmt: skip


@pytest.mark.parametrize("plain", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_is_inside_a_signed_envelope_is_never_a_server_error(place: Place, plain: str) -> None:
    answer = post(place, plain)
    assert answer.status_code in (200, 400)
    if answer.status_code == 200:
        assert answer.text == "success" or "<Encrypt>" in answer.text


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe\x00", b"<xml><Encrypt>!!!</Encrypt></xml>", b"<xml>" * 9000, b"{" * 60000]
)
def test_a_broken_outer_body_is_no_server_error(place: Place, body: bytes) -> None:
    answer = requests.post(f"{place.url}/wechat", params=query("x"), data=body, timeout=30)
    assert answer.status_code < 500


def test_an_oversize_body_is_refused_before_it_is_read(place: Place) -> None:
    answer = requests.post(f"{place.url}/wechat", params=query(), data=b"x" * 270_000, timeout=30)
    assert answer.status_code == 413


def test_a_text_as_long_as_the_largest_body_is_answered(place: Place) -> None:
    answer = post(place, message("我们被拖欠工程款八个月了。" * 4500))  # 175 KB, sealed 235 KB
    assert answer.status_code == 200
    assert "<Encrypt>" in answer.text


def test_other_methods_and_paths_are_no_server_error(place: Place) -> None:
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        assert requests.request(method, f"{place.url}/wechat", timeout=30).status_code < 500
    for path in ("/", "/nothing", "/p/none", "/s/none", "/a/none", "/p/../x", "/e/none"):
        assert requests.get(f"{place.url}{path}", timeout=30).status_code == 404


def test_the_operators_addresses_answer(place: Place) -> None:
    assert requests.get(f"{place.url}/healthz", timeout=30).text == "ok"
    ready = requests.get(f"{place.url}/readyz", timeout=30)
    assert ready.status_code == 200, ready.text
    assert "tongxin_inbound" in requests.get(f"{place.url}/metrics", timeout=30).text


def test_who_still_writes_with_the_previous_key_can_read_the_reply(
    new_database: Callable[[], str], tmp_path: Path
) -> None:
    with Place.open(new_database(), tmp_path, aes_key="b" * 43, previous_aes_key=KEYS["aes_key"]) as renewed:
        answer = post(renewed, message())
        envelope = xmltodict.parse(answer.text)["xml"]["Encrypt"]
        assert "提诉求" in decrypt(envelope, KEYS["aes_key"], KEYS["appid"]).decode()
