"""Every message and event of platform §2 gets a valid reply or `success`, for every mode and kind of account."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.place import Place

MESSAGES: list[dict[str, Any]] = [
    {"MsgType": "text", "Content": "办理居住证需要什么材料"},
    {"MsgType": "text", "Content": "政策", "MsgDataId": "2247480001", "Idx": "1"},
    {"MsgType": "text", "Content": "满意", "bizmsgmenuid": "101"},
    {"MsgType": "text", "Content": "【收到不支持的消息类型，暂无法显示】"},
    {"MsgType": "text", "Content": "/:wow[微笑]"},
    {"MsgType": "text", "Content": ""},
    {"MsgType": "image", "PicUrl": "http://mmbiz.qpic.cn/mmbiz_jpg/EXAMPLE/0", "MediaId": "MEDIA_ID_IMG"},
    {"MsgType": "voice", "MediaId": "MEDIA_ID_8K", "Format": "amr", "MediaId16K": "MEDIA_ID_16K"},
    {"MsgType": "voice", "MediaId": "MEDIA_ID_8K", "Format": "amr", "Recognition": ""},
    {"MsgType": "voice", "MediaId": "MEDIA_ID_8K", "Format": "amr", "Recognition": "我想贷款。"},
    {"MsgType": "video", "MediaId": "MEDIA_ID_VID", "ThumbMediaId": "MEDIA_ID_THUMB"},
    {"MsgType": "shortvideo", "MediaId": "MEDIA_ID_VID", "ThumbMediaId": "MEDIA_ID_THUMB"},
    {"MsgType": "location", "Location_X": "31.230416", "Location_Y": "121.473701", "Scale": "15", "Label": "人民大道"},
    {"MsgType": "link", "Title": "标题", "Description": "摘要", "Url": "https://example.gov.cn/a"},
    {"MsgType": "hologram", "Anything": "1"},
]  # fmt: skip
SCAN = {"ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": "https://example.gov.cn/q/1"}}
PICS = {
    "SendPicsInfo": {"Count": "1", "PicList": {"item": {"PicMd5Sum": "00112233445566778899aabbccddeeff"}}}
}
PLACE = {
    "SendLocationInfo": {
        "Location_X": "31.23",
        "Location_Y": "121.47",
        "Scale": "15",
        "Label": "x",
        "Poiname": "",
    }
}
NOTICE = {"TemplateId": "TPL_A", "SubscribeStatusString": "reject"}
EVENTS: list[dict[str, Any]] = [
    {"Event": "subscribe"}, {"Event": "subscribe", "EventKey": ""}, {"Event": "subscribe", "EventKey": "qrscene_hall_07", "Ticket": "T"},
    {"Event": "SCAN", "EventKey": "hall_07", "Ticket": "T"},
    {"Event": "LOCATION", "Latitude": "31.230416", "Longitude": "121.473701", "Precision": "40.000000"},
    {"Event": "CLICK", "EventKey": "MENU_BUS"}, {"Event": "CLICK", "EventKey": "menu:金融"}, {"Event": "CLICK", "EventKey": ""},
    {"Event": "VIEW", "EventKey": "https://example.gov.cn/", "MenuId": "430000001"},
    {"Event": "view_miniprogram", "EventKey": "pages/index/index", "MenuId": "430000001"},
    {"Event": "scancode_push", "EventKey": "S", **SCAN}, {"Event": "scancode_waitmsg", "EventKey": "S", **SCAN},
    {"Event": "pic_sysphoto", "EventKey": "P", **PICS}, {"Event": "pic_photo_or_album", "EventKey": "P", **PICS}, {"Event": "pic_weixin", "EventKey": "P", **PICS},
    {"Event": "location_select", "EventKey": "L", **PLACE},
    {"Event": "MASSSENDJOBFINISH", "MsgID": "1000000001", "Status": "send success", "TotalCount": "1", "FilterCount": "1", "SentCount": "1", "ErrorCount": "0"},
    {"Event": "MASSSENDJOBFINISH", "MsgID": "1000000002", "Status": "err(10001)"}, {"Event": "MASSSENDJOBFINISH"},
    {"Event": "TEMPLATESENDJOBFINISH", "MsgID": "300000001", "Status": "failed: system failed"},
    {"Event": "PUBLISHJOBFINISH", "PublishEventInfo": {"publish_id": "1", "publish_status": "0", "article_id": "A"}},
    {"Event": "subscribe_msg_popup_event", "SubscribeMsgPopupEvent": {"List": [{**NOTICE, "PopupScene": "2"}, {**NOTICE, "PopupScene": "2"}]}},
    {"Event": "subscribe_msg_change_event", "SubscribeMsgChangeEvent": {"List": NOTICE}},
    {"Event": "subscribe_msg_sent_event", "SubscribeMsgSentEvent": {"List": {"TemplateId": "T", "MsgID": "17", "ErrorCode": "0", "ErrorStatus": "success"}}},
    {"Event": "kf_create_session", "KfAccount": "kf01@demo"}, {"Event": "kf_close_session", "KfAccount": "kf01@demo", "CloseType": "KF"},
    {"Event": "kf_switch_session", "FromKfAccount": "kf01@demo", "ToKfAccount": "kf02@demo"},
    *({"Event": name, "ExpiredTime": "1795400001"} for name in ("qualification_verify_success", "naming_verify_success", "annual_renew", "verify_expired")),
    *({"Event": name, "FailTime": "1795400001", "FailReason": "r"} for name in ("qualification_verify_fail", "naming_verify_fail")),
    {"Event": "user_authorization_revoke", "OpenID": "o", "AppID": "wx", "RevokeInfo": "205"},
    {"Event": "user_info_modified", "OpenID": "o", "AppID": "wx"}, {"Event": "user_authorization_cancellation", "OpenID": "o", "AppID": "wx"},
    {"Event": "user_enter_tempsession"}, {"Event": "debug_demo", "debug_str": "hello world"}, {"Event": "未知事件"},
    {"Event": "unsubscribe", "EventKey": ""},
]  # fmt: skip


def all_of_them(place: Place) -> None:
    person = place.citizen()
    for message in MESSAGES:
        person.sends(**message)
    for event in EVENTS:
        person.does(**{"event": event["Event"], **{k: v for k, v in event.items() if k != "Event"}})
    assert place.failure_lines() == 0


def test_every_message_and_event_is_answered(place: Place) -> None:
    all_of_them(place)


@pytest.mark.parametrize(
    "choices",
    [
        {"mode": "plain"},
        {"mode": "compatible"},
        {"kind": "subscription"},
        {"kind": "subscription", "verified": "false"},
    ],
    ids=str,
)
def test_in_other_modes_and_for_other_accounts(
    choices: dict[str, str], new_database: Callable[[], str], tmp_path: Path
) -> None:
    with Place.open(new_database(), tmp_path, **choices) as place:
        all_of_them(place)


@pytest.mark.parametrize(
    "kind",
    [m for m in MESSAGES if m["MsgType"] != "hologram"],
    ids=lambda m: f"{m['MsgType']}-{m.get('Content', '')[:6]}",
)
def test_every_kind_of_message_ends_with_a_next_step(place: Place, kind: dict[str, Any]) -> None:
    assert any(step in place.citizen().sends(**kind) for step in ("回复", "重发"))


def test_a_picture_outside_a_form_can_be_attached(place: Place) -> None:
    person = place.citizen()
    assert "图片收到" in person.sends(MsgType="image", PicUrl="http://x/0", MediaId="PIC_1")
    person.says("6")
    person.says("2")
    assert "图片1张" in person.says("1")


def test_words_that_nothing_understood_go_into_the_appeal(place: Place) -> None:
    person = place.citizen()
    person.says("咕噜咕噜哔哔哔哔")
    person.says("6")
    person.says("2")
    assert "文字8字" in person.says("1")


def test_danger_comes_first_also_inside_a_form(place: Place) -> None:
    person = place.citizen()
    for said in ("6", "2", "1"):
        person.says(said)
    heard = person.says("着火了！车间着火了有人被困")
    assert heard.index("119") < heard.index("已记下")


def test_self_harm_reaches_a_person_at_once(place: Place) -> None:
    from models.messages import StaffMessage

    before = place.count(StaffMessage)
    assert "120" in place.citizen().says("活不下去了，不想活了")
    assert place.count(StaffMessage) == before + 1
