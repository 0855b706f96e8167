"""Whatever is sent to the webhook ends as clean fields or as PushRefused, never as another exception, and quickly."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.wechat.account import Account
from bot.wechat.crypt import signature
from bot.wechat.envelope import open_envelope, seal, verify_echo
from bot.wechat.inbound import from_fields, key
from bot.wechat.parsing import MalformedPush, parse
from bot.wechat.refusal import PushRefused, Reason
from tests.wechat.wire import (
    ACCOUNT,
    COMPATIBLE,
    NOW,
    OPENID,
    PLAIN,
    encrypted,
    envelope,
    packed,
    padded,
    secure,
    signed,
    text,
    xml,
)

QUERY, BODY = secure(text("您好"))
SEALED = encrypted(padded(packed(text("您好"))), ACCOUNT.aes_key)
BOMB = (
    "<!DOCTYPE xml ["
    + '<!ENTITY a "ha">'
    + "".join(f'<!ENTITY a{i} "{"&a;" * 10}">' for i in range(9))
    + "]>"
)


def without(name: str) -> dict[str, str]:
    return {k: v for k, v in QUERY.items() if k != name}


def opened(plain: bytes) -> tuple[dict[str, str], bytes]:
    return envelope(encrypted(plain, ACCOUNT.aes_key))


NOT_LET_IN: dict[str, tuple[Mapping[str, str], bytes, Account, Reason]] = {
    "no query at all": ({}, BODY, ACCOUNT, Reason.SIGNATURE),
    "forged signature": ({**QUERY, "signature": "0" * 40}, BODY, ACCOUNT, Reason.SIGNATURE),
    "empty signature": ({**QUERY, "signature": ""}, BODY, ACCOUNT, Reason.SIGNATURE),
    "no signature": (without("signature"), BODY, ACCOUNT, Reason.SIGNATURE),
    "signature in capitals": (
        {**QUERY, "signature": QUERY["signature"].upper()},
        BODY,
        ACCOUNT,
        Reason.SIGNATURE,
    ),
    "signature in Chinese": ({**QUERY, "signature": "签名"}, BODY, ACCOUNT, Reason.SIGNATURE),
    "signature with a surrogate": ({**QUERY, "signature": "\ud83d"}, BODY, ACCOUNT, Reason.SIGNATURE),
    "another nonce": ({**QUERY, "nonce": "1"}, BODY, ACCOUNT, Reason.SIGNATURE),
    "another timestamp": ({**QUERY, "timestamp": "1"}, BODY, ACCOUNT, Reason.SIGNATURE),
    "signed with an empty token": (
        signed(replace(ACCOUNT, token="")),
        BODY,
        replace(ACCOUNT, token=""),
        Reason.SIGNATURE,
    ),
    "replayed after six minutes": (signed(at=NOW - timedelta(minutes=6)), BODY, ACCOUNT, Reason.STALE),
    "from the future": (signed(at=NOW + timedelta(minutes=6)), BODY, ACCOUNT, Reason.STALE),
    "plaintext to a secure account": (signed(), text("x"), ACCOUNT, Reason.PLAINTEXT),
    "raw to a secure account": (signed(encrypt_type="raw"), text("x"), ACCOUNT, Reason.PLAINTEXT),
    "plaintext said to be encrypted": (signed(encrypt_type="aes"), text("x"), ACCOUNT, Reason.PLAINTEXT),
    "encrypted, not said so": (without("encrypt_type"), BODY, ACCOUNT, Reason.PLAINTEXT),
    "empty Encrypt": (QUERY, b"<xml><Encrypt/></xml>", ACCOUNT, Reason.PLAINTEXT),
    "two Encrypts": (
        QUERY,
        b"<xml><Encrypt>a</Encrypt><Encrypt>b</Encrypt></xml>",
        ACCOUNT,
        Reason.PLAINTEXT,
    ),
    "Encrypt with children": (QUERY, b"<xml><Encrypt><a>b</a></Encrypt></xml>", ACCOUNT, Reason.PLAINTEXT),
    "encrypted to a plain account": (QUERY, BODY, PLAIN, Reason.ENCRYPTED),
    "forged msg_signature": ({**QUERY, "msg_signature": "0" * 40}, BODY, ACCOUNT, Reason.MSG_SIGNATURE),
    "no msg_signature": (without("msg_signature"), BODY, ACCOUNT, Reason.MSG_SIGNATURE),
    "another ciphertext": (QUERY, envelope(SEALED[:-8] + "AAAAAAA=")[1], ACCOUNT, Reason.MSG_SIGNATURE),
    "compatible, forged": ({**QUERY, "msg_signature": "f" * 40}, BODY, COMPATIBLE, Reason.MSG_SIGNATURE),
    "compatible, said to be encrypted": (signed(encrypt_type="aes"), text("x"), COMPATIBLE, Reason.PLAINTEXT),
    "another account": (
        *secure(text("x"), replace(ACCOUNT, appid="wxffffffffffffffff")),
        ACCOUNT,
        Reason.APPID,
    ),
    "no account": (*opened(padded(packed(text("x"), ""))), ACCOUNT, Reason.APPID),
    "another key": (*secure(text("x"), key="B" * 42 + "A"), ACCOUNT, Reason.DECRYPT),
    "truncated base64": (*envelope(SEALED[:-3]), ACCOUNT, Reason.DECRYPT),
    "not base64": (*envelope("这不是密文"), ACCOUNT, Reason.DECRYPT),
    "not a whole block": (*envelope("QUJD"), ACCOUNT, Reason.DECRYPT),
    "half the blocks": (*envelope(SEALED[:64]), ACCOUNT, Reason.DECRYPT),
    "padding of zero": (*opened(packed(text("x")).ljust(512, b"\0")), ACCOUNT, Reason.DECRYPT),
    "padding of 33": (*opened(b"x" * 31 + bytes([33]) * 33), ACCOUNT, Reason.DECRYPT),
    "padding that differs": (*opened(b"x" * 62 + b"\x01\x02"), ACCOUNT, Reason.DECRYPT),
    "padding only": (*opened(bytes([32]) * 32), ACCOUNT, Reason.DECRYPT),
    "a length beyond the end": (
        *opened(padded(packed(text("x"), length=2**32 - 1))),
        ACCOUNT,
        Reason.DECRYPT,
    ),
    "a length too short": (*opened(padded(packed(text("x"), length=3))), ACCOUNT, Reason.APPID),
}


@pytest.mark.parametrize("case", NOT_LET_IN)
def test_who_is_not_wechat_is_not_let_in(case: str) -> None:
    query, body, account, reason = NOT_LET_IN[case]
    with pytest.raises(PushRefused) as refused:
        open_envelope(query, body, account, NOW)
    assert refused.value.reason is reason
    assert refused.value.status in (400, 403)
    assert not refused.value.authentic
    assert any("一" <= sign <= "鿿" for sign in reason.advice)


NOT_A_MESSAGE: dict[str, bytes] = {
    "nothing": b"",
    "blanks": b" \r\n\t ",
    "words": "您好".encode(),
    "zeros": b"\0" * 100,
    "another root": b"<html><a>1</a></html>",
    "an empty root": b"<xml/>",
    "a root with words": b"<xml>words</xml>",
    "cut off": text("x")[:-9],
    "two roots": text("x") + text("y"),
    "words behind": text("x") + b"tail",
    "wrong nesting": b"<xml><a><b></a></b></xml>",
    "open CDATA": b"<xml><a><![CDATA[x</a></xml>",
    "a bare ampersand": b"<xml><a>x & y</a></xml>",
    "an unknown entity": b"<xml><a>&nbsp;</a></xml>",
    "DOCTYPE": b"<!DOCTYPE xml><xml><a>1</a></xml>",
    "doctype in small letters": b"<!doctype xml><xml><a>1</a></xml>",
    "DOCTYPE with odd blanks": b"<!DOCTYPE\r\n\t xml\n[\n]\n><xml><a>1</a></xml>",
    "DOCTYPE behind a comment": b"<!-- x --><!DOCTYPE xml><xml><a>1</a></xml>",
    "DOCTYPE behind a byte order mark": b"\xef\xbb\xbf<!DOCTYPE xml><xml><a>1</a></xml>",
    "DOCTYPE with a zero inside": b"<!DOC\0TYPE xml><xml><a>1</a></xml>",
    "DOCTYPE in UTF-16": '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE xml><xml><a>1</a></xml>'.encode(
        "utf-16"
    ),
    "DOCTYPE in UTF-16 without a mark": "<!DOCTYPE xml><xml><a>1</a></xml>".encode("utf-16-le"),
    "billion laughs": f"{BOMB}<xml><a>&a8;</a></xml>".encode(),
    "quadratic blow-up": b'<!DOCTYPE x [<!ENTITY a "'
    + b"a" * 50000
    + b'">]><xml><a>'
    + b"&a;" * 5000
    + b"</a></xml>",
    "external entity": b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><a>&e;</a></xml>',
    "an entity without DOCTYPE": b'<!ENTITY e "x"><xml><a>&e;</a></xml>',
    "17 levels": b"<xml>" + b"<a>" * 16 + b"</a>" * 16 + b"</xml>",
    "200,000 levels": b"<xml>" + b"<a>" * 200_000 + b"</a>" * 200_000 + b"</xml>",
    "levels hidden in an attribute": b"<xml>" + b'<a b="/>">' * 100 + b"</a>" * 100 + b"</xml>",
    "JSON, cut off": b'{"FromUserName":"o',
    "JSON, empty": b"{}",
    "JSON, not an object": b'["x"]',
    "JSON, 200,000 levels": b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "JSON, 17 levels": b'{"a":' + b"[" * 17 + b"]" * 17 + b"}",
    "JSON, two values": b'{"a":"1"}{"b":"2"}',
}


@pytest.mark.parametrize("case", NOT_A_MESSAGE)
def test_what_is_not_a_message_is_refused_in_every_mode(case: str) -> None:
    body = NOT_A_MESSAGE[case]
    started = time.process_time()
    with pytest.raises(PushRefused) as outer:
        open_envelope(QUERY, body, ACCOUNT, NOW)
    with pytest.raises(PushRefused) as inner:
        open_envelope(*secure(body), ACCOUNT, NOW)
    with pytest.raises(PushRefused) as plain:
        open_envelope(signed(), body, PLAIN, NOW)
    assert [e.value.reason for e in (outer, inner, plain)] == [Reason.MALFORMED] * 3
    assert [e.value.authentic for e in (outer, inner, plain)] == [False, True, True]
    assert time.process_time() - started < 1  # seconds; a bomb would need many, or all memory


CLEANED = {
    "]]> split over two sections": ("a]]]]><![CDATA[>b", "a]]>b"),
    "]]> split the other way": ("a]]]]>]]&gt;<![CDATA[b", "a]]]]>b"),
    "an opening mark inside": ("a<![CDATA[b", "a<![CDATA[b"),
    "markup": ("<b>&amp;</b>", "<b>&amp;</b>"),
    "a DOCTYPE that somebody typed": ("<!DOCTYPE html>", "<!DOCTYPE html>"),
    "references that somebody typed": ("&#0;&#x1F;", "&#0;&#x1F;"),
    "control characters": ("a\x00b\x01c\x08d\x0be\x1ff", "abcdef"),
    "the last two of the plane": ("a\ufffeb\uffffc", "abc"),
    "tabs and lines": ("a\tb\nc", "a\tb\nc"),
    "emoji": ("😀👨‍👩‍👧", "😀👨‍👩‍👧"),
    "rare characters of four bytes": ("𠮷𪚥", "𠮷𪚥"),
}


@pytest.mark.parametrize("case", CLEANED)
def test_words_arrive_as_they_were_typed_without_what_xml_forbids(case: str) -> None:
    typed, arrives = CLEANED[case]
    assert open_envelope(*secure(text(typed)), ACCOUNT, NOW)["Content"] == arrives
    assert open_envelope(signed(), text(typed), PLAIN, NOW)["Content"] == arrives


@pytest.mark.parametrize(
    "reference", ["&#0;", "&#x0;", "&#8;", "&#x1F;", "&#xFFFE;", "&#xD83D;", "&#1114112;", f"&#{'9' * 9999};"]
)
def test_references_to_forbidden_characters_are_dropped(reference: str) -> None:
    assert parse(f"<xml><a>x{reference}y&#20013;&#x1F600;</a></xml>")["a"] == "xy中😀"


def test_invalid_utf8_and_lone_surrogates_do_not_stop_a_message() -> None:
    body = b"<xml><a>" + b"\xff\xfe" + "中".encode() + b"\xed\xa0\xbd" + b"</a></xml>"
    assert parse(body)["a"].replace("\ufffd", "") == "中"
    assert parse(b'{"a":"x\\ud83dy\\u0000","b":"\\ud83d\\ude00"}') == {"a": "xy", "b": "😀"}


def test_a_body_in_utf8_is_read_as_utf8_whatever_it_declares() -> None:
    assert parse('<?xml version="1.0" encoding="gb2312"?><xml><a>中</a></xml>'.encode())["a"] == "中"


def test_json_is_read_as_xml_would_be() -> None:
    body = {"FromUserName": OPENID, "CreateTime": 1714112445, "n": None, "List": [{"id": 1}, {"id": 2.5}]}
    expected = {
        "FromUserName": OPENID,
        "CreateTime": "1714112445",
        "n": "",
        "List": [{"id": "1"}, {"id": "2.5"}],
    }
    assert open_envelope(*secure(json.dumps(body).encode()), ACCOUNT, NOW) == expected


def test_compatible_mode_believes_the_encrypted_part_only() -> None:
    sealed = encrypted(padded(packed(text("真"))), ACCOUNT.aes_key)
    query, _ = envelope(sealed)
    both = text("假").replace(b"</xml>", f"<Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode())
    assert open_envelope(query, both, COMPATIBLE, NOW)["Content"] == "真"
    assert open_envelope(signed(), text("明"), COMPATIBLE, NOW)["Content"] == "明"
    assert "Encrypt" not in open_envelope(signed(), both, COMPATIBLE, NOW)


def test_secure_mode_does_not_believe_what_stands_beside_the_encrypted_part() -> None:
    query, body = secure(text("真"))
    forged = body.replace(b"</xml>", b"<FromUserName>oOther</FromUserName><Content>x</Content></xml>")
    assert open_envelope(query, forged, ACCOUNT, NOW) == parse(text("真"))


@pytest.mark.parametrize("seconds", [-300, -15, 0, 15, 300])
def test_retries_and_clocks_a_little_apart_are_let_in(seconds: int) -> None:
    query = signed(PLAIN, at=NOW + timedelta(seconds=seconds))
    assert open_envelope(query, text("x"), PLAIN, NOW)["Content"] == "x"


@pytest.mark.parametrize("timestamp", ["", "x", "１７９５", "1_0", "-1", "9" * 5000, "1.5", " 1"])
def test_a_signed_but_senseless_timestamp_is_refused(timestamp: str) -> None:
    query = {"timestamp": timestamp, "nonce": "1", "signature": signature(ACCOUNT.token, timestamp, "1")}
    with pytest.raises(PushRefused) as refused:
        open_envelope(query, text("x"), PLAIN, NOW)
    assert refused.value.reason is Reason.STALE


def test_the_echo_is_given_to_nobody_else() -> None:
    query = signed(echostr="123")
    assert verify_echo(query, ACCOUNT, NOW) == "123"
    for wrong in ({**query, "signature": "x"}, {**query, "echostr": ""}, {**query, "echostr": "x" * 1000}):
        with pytest.raises(PushRefused):
            verify_echo(wrong, ACCOUNT, NOW)
    with pytest.raises(PushRefused):
        verify_echo(query, ACCOUNT, NOW + timedelta(hours=1))


def test_an_empty_reply_is_never_sealed() -> None:
    with pytest.raises(ValueError, match="success"):
        seal(" ", ACCOUNT, "1", 1)


def test_a_nonce_cannot_break_out_of_the_sealed_reply() -> None:
    assert parse(seal("<xml/>", ACCOUNT, "1]]></Nonce><x>", 1))["Nonce"] == "1Noncex"
    assert parse(seal("<xml/>", ACCOUNT, "]]>", 1))["Nonce"].isalnum()


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(
    ["ToUserName", "MsgType", "Event", "EventKey", "Content", "CreateTime", "MsgId", "Location_X", "Location_Y", "Scale",
     "Latitude", "Longitude", "SendLocationInfo", "PublishEventInfo", "Url", "Ticket", "bizmsgmenuid", "MsgID"]
)  # fmt: skip
kinds = st.sampled_from(["text", "image", "location", "link", "event", "EVENT", "voice"])
events = st.sampled_from(["subscribe", "SCAN", "LOCATION", "location_select", "CLICK", "debug_demo"])
xml_like = st.lists(st.sampled_from(["<xml>", "</xml>", "<a>", "</a>", "<![CDATA[", "]]>", "<!--", "-->", "&#", "&", ";", "x", "0", "<", ">", "<!DOCTYPE", "{", '"', "\x00", "中"])).map("".join)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.binary() | xml_like.map(str.encode) | anything.map(lambda v: json.dumps(v).encode()))
def test_no_body_raises_anything_but_refused(body: bytes) -> None:
    for query, account in ((QUERY, ACCOUNT), (signed(), PLAIN), (QUERY, COMPATIBLE)):
        try:
            fields = open_envelope(query, body, account, NOW)
        except PushRefused:
            continue
        incoming = from_fields(fields)
        assert incoming is None or len(key(incoming)) == 64
        json.dumps(fields, ensure_ascii=False).encode()  # no surrogate is left


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from([*QUERY]), st.text(), max_size=6), st.binary(max_size=64))
def test_no_query_raises_anything_but_refused(query: dict[str, str], encrypt: bytes) -> None:
    with pytest.raises(PushRefused):
        open_envelope({**QUERY, "signature": "", **query}, b"<xml><Encrypt>x</Encrypt></xml>", ACCOUNT, NOW)
    with pytest.raises(PushRefused):
        open_envelope(*opened(encrypt + b"\0" * (-len(encrypt) % 16)), ACCOUNT, NOW)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(names, anything, max_size=8),
    kinds | anything,
    events | anything,
    st.text(min_size=1) | anything,
)
def test_no_fields_make_from_fields_raise(fields: dict[str, Any], kind: Any, event: Any, sender: Any) -> None:
    incoming = from_fields({"MsgType": kind, "Event": event, "FromUserName": sender, **fields})
    assert incoming is None or (key(incoming) == key(incoming) and 0 < len(incoming.openid) <= 64)


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_every_text_arrives_clean(typed: str) -> None:
    content = typed.replace("]]>", "]]]]><![CDATA[>").encode("utf-8", errors="replace").decode()
    fields = parse(text(content))
    assert fields["MsgId"] == "251"
    assert all(sign in "\t\n\r" or sign >= " " for sign in fields["Content"])


def test_malformed_never_repeats_what_was_sent() -> None:
    with pytest.raises(MalformedPush) as malformed:
        parse(b"<xml><a>13800138000</a>")
    assert "138" not in str(malformed.value)
    assert xml("")  # the helper itself is a whole message
    assert from_fields(parse(xml("<MsgType>text</MsgType>"))) is not None
