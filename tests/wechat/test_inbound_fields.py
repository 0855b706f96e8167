"""Every message and event of platform §2 becomes an Incoming, and keeps one key over all its deliveries."""

from __future__ import annotations

from typing import Any

import pytest

from bot.wechat.inbound import Incoming, Link, Location, from_fields, key, listed
from bot.wechat.parsing import parse
from tests.wechat.wire import OPENID, xml


def incoming(inner: str, openid: str = OPENID) -> Incoming:
    found = from_fields({**parse(xml(inner)), "FromUserName": openid})
    assert found is not None
    return found


def event(name: str, inner: str = "") -> Incoming:
    return incoming(f"<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[{name}]]></Event>{inner}")


def message(kind: str, inner: str) -> Incoming:
    return incoming(f"<MsgType><![CDATA[{kind}]]></MsgType>{inner}<MsgId>25190000000000001</MsgId>")


CASES: list[tuple[Incoming, dict[str, Any]]] = [
    (
        message("text", "<Content>办证</Content>"),
        {"kind": "text", "text": "办证", "msg_id": "25190000000000001"},
    ),
    (message("text", "<Content>满意</Content><bizmsgmenuid>101</bizmsgmenuid>"), {"menu_item_id": "101"}),
    (
        message("text", "<MsgDataId>2247480001</MsgDataId><Idx>1</Idx>"),
        {"msg_data_id": "2247480001", "idx": "1"},
    ),
    (
        message("image", "<PicUrl>http://p/0</PicUrl><MediaId>M</MediaId>"),
        {"pic_url": "http://p/0", "media_id": "M"},
    ),
    (
        message("voice", "<MediaId>M</MediaId><Format>amr</Format><Recognition/>"),
        {"format": "amr", "recognition": ""},
    ),
    (message("shortvideo", "<MediaId>M</MediaId><ThumbMediaId>T</ThumbMediaId>"), {"thumb_media_id": "T"}),
    (
        message(
            "location",
            "<Location_X>31.23</Location_X><Location_Y>121.47</Location_Y><Scale>15</Scale><Label>路</Label>",
        ),
        {"location": Location(31.23, 121.47, 15, "路")},
    ),
    (message("location", "<Location_X>NaN</Location_X><Location_Y>1</Location_Y>"), {"location": None}),
    (message("location", "<Location_X>91</Location_X><Location_Y>1</Location_Y>"), {"location": None}),
    (
        message("link", "<Title>T</Title><Description>D</Description><Url>U</Url>"),
        {"link": Link("T", "D", "U")},
    ),
    (message("hologram", ""), {"kind": "unknown", "event": None}),
    (incoming("<MsgType/>"), {"kind": "unknown"}),
    (
        event("subscribe", "<EventKey/>"),
        {"kind": "event", "event": "subscribe", "scene": None, "msg_id": None},
    ),
    (
        event("subscribe", "<EventKey>qrscene_hall_07</EventKey><Ticket>gQ==</Ticket>"),
        {"event": "subscribe", "scene": "hall_07", "ticket": "gQ=="},
    ),
    (
        event("SCAN", "<EventKey>hall_07</EventKey>"),
        {"event": "scan", "scene": "hall_07", "event_key": "hall_07"},
    ),
    (
        event("CLICK", "<EventKey>MENU_BUS</EventKey>"),
        {"event": "click", "event_key": "MENU_BUS", "scene": None},
    ),
    (
        event("LOCATION", "<Latitude>31.2</Latitude><Longitude>121.4</Longitude><Precision>40</Precision>"),
        {"location": Location(31.2, 121.4)},
    ),
    (
        event(
            "location_select",
            "<SendLocationInfo><Location_X>1</Location_X><Location_Y>2</Location_Y></SendLocationInfo>",
        ),
        {"location": Location(1, 2)},
    ),
    (event("debug_demo"), {"event": "debug_demo"}),
    (event("x" * 99), {"event": "x" * 32}),
]


@pytest.mark.parametrize(("found", "expected"), CASES)
def test_the_fields_are_found(found: Incoming, expected: dict[str, Any]) -> None:
    assert found.openid == OPENID
    assert found.account_id == "gh_0123456789ab"
    assert found.created_at == 1795400001
    assert {name: getattr(found, name) for name in expected} == expected


@pytest.mark.parametrize("sender", [None, "", "  ", [], {}, {"a": "b"}, "o" * 65])
def test_without_a_sender_there_is_no_message(sender: object) -> None:
    assert from_fields({"FromUserName": sender, "MsgType": "text"}) is None
    assert from_fields({}) is None


def test_a_repeated_tag_is_a_list_and_a_single_one_too() -> None:
    one = event("subscribe_msg_popup_event", "<E><List><TemplateId>A</TemplateId></List></E>")
    two = event(
        "subscribe_msg_popup_event",
        "<E><List><TemplateId>A</TemplateId></List><List><TemplateId>B</TemplateId></List></E>",
    )
    assert [row["TemplateId"] for row in listed(one.raw["E"]["List"])] == ["A"]
    assert [row["TemplateId"] for row in listed(two.raw["E"]["List"])] == ["A", "B"]
    assert listed(None) == listed("") == []
    assert key(one) != key(two)


def job(name: str, msg_id: int) -> Incoming:
    return event(name, f"<MsgID>{msg_id}</MsgID><Status>send success</Status>")


DIFFERENT = {
    "another person with the same MsgId": (message("text", ""), incoming("<MsgType>text</MsgType><MsgId>25190000000000001</MsgId>", "oOther")),
    "another MsgId": (message("text", ""), incoming("<MsgType>text</MsgType><MsgId>2</MsgId>")),
    "another menu key in the same second": (event("CLICK", "<EventKey>A</EventKey>"), event("CLICK", "<EventKey>B</EventKey>")),
    "another event in the same second": (event("subscribe"), event("unsubscribe")),
    "another mass job": (job("MASSSENDJOBFINISH", 1), job("MASSSENDJOBFINISH", 2)),
    "another template": (job("TEMPLATESENDJOBFINISH", 1), job("TEMPLATESENDJOBFINISH", 2)),
    "another publishing job": (
        event("PUBLISHJOBFINISH", "<PublishEventInfo><publish_id>1</publish_id></PublishEventInfo>"),
        event("PUBLISHJOBFINISH", "<PublishEventInfo><publish_id>2</publish_id></PublishEventInfo>"),
    ),
    "other words without a MsgId": (incoming("<MsgType>text</MsgType><Content>a</Content>"), incoming("<MsgType>text</MsgType><Content>b</Content>")),
    "an event that looks like a message": (message("text", ""), event("25190000000000001")),
}  # fmt: skip


@pytest.mark.parametrize("case", DIFFERENT)
def test_different_messages_have_different_keys(case: str) -> None:
    one, other = DIFFERENT[case]
    assert key(one) != key(other)


@pytest.mark.parametrize("case", DIFFERENT)
def test_a_repeat_has_the_same_key(case: str) -> None:
    one = DIFFERENT[case][0]
    again = from_fields(dict(one.raw))
    assert again is not None
    assert key(again) == key(one)
    assert len(key(one)) == 64


def test_an_event_is_told_from_its_repeat_by_the_second_it_happened() -> None:
    once = event("CLICK", "<EventKey>A</EventKey>")
    later = from_fields({**once.raw, "CreateTime": "1795400002"})
    assert later is not None
    assert key(later) != key(once)


def test_what_people_write_does_not_show_in_a_traceback() -> None:
    assert "身份证" not in repr(message("text", "<Content>我的身份证号</Content>"))
