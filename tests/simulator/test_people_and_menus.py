"""Followers, tags, menus, QR codes, templates, notices (platform §7-§10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.simulator.kit import Client, Webhook

Open = Callable[..., Client]
TEMPLATE = {
    "template_id": "T1",
    "title": "诉求办理进度",
    "content": "编号：{{character_string1.DATA}}\n进度：{{thing2.DATA}}\n时间：{{time3.DATA}}",
}
DATA = {
    "character_string1": {"value": "SQ20260105002"},
    "thing2": {"value": "正在办理"},
    "time3": {"value": "2026年11月24日 15:01"},
}


def test_followers_are_listed_in_pages(open_simulator: Open) -> None:
    wechat = open_simulator(followers=10_001)
    first = wechat.api("user/get")
    assert (first["total"], first["count"], len(first["data"]["openid"])) == (10_001, 10_000, 10_000)
    assert all(len(openid) == 28 for openid in first["data"]["openid"])
    last = wechat.api("user/get", next_openid=first["next_openid"])
    assert last["count"] == 1
    after = wechat.api("user/get", next_openid=last["next_openid"])
    assert after == {"total": 10_001, "count": 0, "next_openid": ""}


def test_nobody_has_a_name_for_the_account(wechat: Client) -> None:
    openid = wechat.follower()
    info = wechat.api("user/info", openid=openid)
    assert (info["subscribe"], info["nickname"], info["headimgurl"]) == (1, "", "")
    assert wechat.sim("followers")["followers"][0]["name"]
    wechat.sim("event", {"openid": openid, "Event": "unsubscribe"})
    assert wechat.api("user/info", openid=openid) == {"subscribe": 0, "openid": openid, "tagid_list": []}
    assert wechat.code("user/info", openid="x") == 40003
    assert wechat.code("user/info", openid="o" * 28) == 49003


@pytest.mark.parametrize(("count", "errcode"), [(100, 0), (101, 40032)])
def test_a_hundred_people_at_once(open_simulator: Open, count: int, errcode: int) -> None:
    wechat = open_simulator(followers=101)
    openids = wechat.api("user/get")["data"]["openid"][:count]
    assert wechat.code("user/info/batchget", {"user_list": [{"openid": one} for one in openids]}) == errcode


def test_tags(wechat: Client) -> None:
    openid = wechat.follower()
    tag = wechat.api("tags/create", {"tag": {"name": "科创"}})["tag"]["id"]
    give = {"openid_list": [openid], "tagid": tag}
    assert wechat.code("tags/members/batchtagging", give) == 0
    assert wechat.api("tags/get")["tags"] == [{"id": tag, "name": "科创", "count": 1}]
    assert wechat.api("tags/getidlist", {"openid": openid})["tagid_list"] == [tag]
    assert wechat.api("user/tag/get", {"tagid": tag})["data"]["openid"] == [openid]
    assert wechat.code("tags/create", {"tag": {"name": "科创"}}) == 45157
    assert wechat.code("tags/create", {"tag": {"name": "长" * 31}}) == 45158
    assert wechat.code("tags/update", {"tag": {"id": 2, "name": "x"}}) == 45058
    assert wechat.code("tags/members/batchtagging", {**give, "tagid": 999}) == 45159
    assert wechat.code("tags/members/batchtagging", {**give, "openid_list": [openid] * 51}) == 40032
    assert wechat.code("tags/delete", {"tag": {"id": tag}}) == 0
    assert wechat.api("user/info", openid=openid)["tagid_list"] == []


def test_limits_of_tags(wechat: Client) -> None:
    openid = wechat.follower()
    ids = [wechat.api("tags/create", {"tag": {"name": f"标签{n}"}})["tag"]["id"] for n in range(100)]
    assert wechat.code("tags/create", {"tag": {"name": "多了"}}) == 45056
    codes = [
        wechat.code("tags/members/batchtagging", {"openid_list": [openid], "tagid": tag}) for tag in ids[:21]
    ]
    assert codes == [0] * 20 + [45059]


def test_the_blacklist(wechat: Client) -> None:
    openid = wechat.follower()
    assert wechat.code("tags/members/batchblacklist", {"openid_list": [openid] * 21}) == 40032
    assert wechat.code("tags/members/batchblacklist", {"openid_list": [openid]}) == 0
    listed = wechat.api("tags/members/getblacklist", {"begin_openid": ""})
    assert listed["data"]["openid"] == [openid]
    wechat.sim("templates", TEMPLATE)
    assert (
        wechat.code("message/template/send", {"touser": openid, "template_id": "T1", "data": DATA}) == 43019
    )
    assert wechat.code("tags/members/batchunblacklist", {"openid_list": [openid]}) == 0


def _menu(**change: Any) -> dict[str, Any]:
    return {"button": [{"type": "click", "name": "问政策", "key": "ASK", **change}]}


@pytest.mark.parametrize(
    ("menu", "errcode"),
    [
        (_menu(), 0),
        ({"button": []}, 40016),
        ({"button": _menu()["button"] * 4}, 40016),
        (_menu(name="一二三四五六"), 40018),
        (_menu(type="dance"), 40017),
        (_menu(key="k" * 129), 40019),
        (_menu(type="view", url="ftp://a"), 40055),
        (_menu(type="view", url="https://a.cn/" + "x" * 1024), 40020),
        ({"button": [{"name": "更多", "sub_button": _menu()["button"] * 6}]}, 40023),
        (
            {"button": [{"name": "更多", "sub_button": [{"name": "x", "sub_button": _menu()["button"]}]}]},
            40022,
        ),
        ({"button": [{"name": "更多", "sub_button": _menu(name="字" * 21)["button"]}]}, 40025),
        ({"button": [{"name": "更多", "sub_button": _menu(type="view", url="a")["button"]}]}, 40054),
    ],
)
def test_menus(wechat: Client, menu: dict[str, Any], errcode: int) -> None:
    assert wechat.code("menu/create", menu) == errcode
    assert wechat.code("menu/get") == (46003 if errcode else 0)


def test_conditional_menus_newest_first(wechat: Client) -> None:
    openid = wechat.follower()
    tag = wechat.api("tags/create", {"tag": {"name": "会员"}})["tag"]["id"]
    rule = {"matchrule": {"tag_id": str(tag)}}
    assert wechat.code("menu/addconditional", _menu() | rule) == 65303
    wechat.api("menu/create", _menu())
    assert wechat.code("menu/addconditional", _menu() | {"matchrule": {"sex": "1"}}) == 65320
    wechat.api("menu/addconditional", _menu(name="旧") | rule)
    newest = wechat.api("menu/addconditional", _menu(name="新") | rule)["menuid"]
    assert wechat.sim("menu", openid=openid)["button"][0]["name"] == "问政策"
    wechat.api("tags/members/batchtagging", {"openid_list": [openid], "tagid": tag})
    assert wechat.sim("menu", openid=openid)["button"][0]["name"] == "新"
    wechat.api("menu/delconditional", {"menuid": newest})
    assert wechat.api("menu/trymatch", {"user_id": openid})["button"][0]["name"] == "旧"
    assert wechat.api("get_current_selfmenu_info")["is_menu_open"] == 1
    wechat.api("menu/delete")
    assert wechat.sim("menu", openid=openid) == {"menu": None, "button": []}


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "hall_07"}}}, 0),
        ({"action_name": "QR_LIMIT_SCENE", "action_info": {"scene": {"scene_id": 100_000}}}, 0),
        ({"action_name": "QR_LIMIT_SCENE", "action_info": {"scene": {"scene_id": 100_001}}}, 40053),
        ({"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": "x" * 65}}}, 40053),
        ({"action_name": "QR", "action_info": {}}, 40052),
    ],
)
def test_qr_codes(wechat: Client, body: dict[str, Any], errcode: int) -> None:
    assert wechat.code("qrcode/create", body) == errcode


def test_scanning(wechat: Client, webhook: Webhook) -> None:
    info = {"action_info": {"scene": {"scene_str": "hall_07"}}}
    ticket = wechat.api("qrcode/create", {"action_name": "QR_STR_SCENE", "expire_seconds": 100, **info})[
        "ticket"
    ]
    show = f"{wechat.address}/cgi-bin/showqrcode"
    assert requests.get(show, params={"ticket": ticket}, timeout=9).headers["Content-Type"] == "image/jpg"
    assert requests.get(show, params={"ticket": "no"}, timeout=9).status_code == 404
    openid = wechat.sim("followers", {"count": 1, "subscribed": False})["openids"][0]
    for event, key in (("subscribe", "qrscene_hall_07"), ("SCAN", "hall_07")):
        wechat.sim("scan", {"openid": openid, "ticket": ticket})
        push = webhook.pushes[-1]
        assert (push.field("Event"), push.field("EventKey"), push.field("Ticket")) == (event, key, ticket)
    person = wechat.api("user/info", openid=openid)
    assert (person["subscribe_scene"], person["qr_scene_str"]) == ("ADD_SCENE_QR_CODE", "hall_07")


def test_a_template_message(wechat: Client, webhook: Webhook) -> None:
    openid = wechat.follower()
    wechat.sim("templates", TEMPLATE)
    body = {"touser": openid, "template_id": "T1", "data": DATA, "client_msg_id": "c1"}
    first = wechat.api("message/template/send", body)
    assert wechat.api("message/template/send", body)["msgid"] == first["msgid"]
    assert webhook.wait_for("TEMPLATESENDJOBFINISH").field("MsgID") == str(first["msgid"])
    [seen] = wechat.outbox(openid)
    assert seen["title"] == "诉求办理进度"
    assert seen["fields"][1] == {"name": "进度", "key": "thing2", "value": "正在办理"}
    wechat.later(601)
    assert wechat.api("message/template/send", body)["msgid"] != first["msgid"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("thing2", "字" * 21),
        ("thing2", ""),
        ("character_string1", "编号1"),
        ("time3", "明天"),
    ],
)
def test_typed_values(wechat: Client, key: str, value: str) -> None:
    wechat.sim("templates", TEMPLATE)
    data = {**DATA, key: {"value": value}}
    body = {"touser": wechat.follower(), "template_id": "T1", "data": data}
    answer = wechat.api("message/template/send", body)
    assert answer["errcode"] == 47003
    assert f"data.{key}.value" in answer["errmsg"]


def test_templates_that_cannot_arrive(wechat: Client, webhook: Webhook) -> None:
    openid = wechat.follower()
    body = {"touser": openid, "template_id": "T1", "data": DATA}
    assert wechat.code("message/template/send", body) == 40037
    wechat.sim("templates", TEMPLATE)
    wechat.sim("follower", {"openid": openid, "blocks_templates": True})
    assert wechat.code("message/template/send", body) == 0
    assert webhook.wait_for("TEMPLATESENDJOBFINISH").field("Status") == "failed:user block"
    assert wechat.outbox(openid) == []
    wechat.sim("event", {"openid": openid, "Event": "unsubscribe"})
    assert wechat.code("message/template/send", body) == 43004


def test_twenty_five_templates(wechat: Client) -> None:
    body = {"template_id_short": "42001", "keyword_name_list": ["编号", "进度"]}
    ids = [wechat.api("template/api_add_template", body)["template_id"] for _ in range(25)]
    assert wechat.code("template/api_add_template", body) == 45026
    assert wechat.code("template/del_private_template", {"template_id": ids[0]}) == 0
    assert len(wechat.api("template/get_all_private_template")["template_list"]) == 24


def test_one_notice_for_one_consent(wechat: Client, webhook: Webhook) -> None:
    openid = wechat.follower()
    wechat.sim("templates", {**TEMPLATE, "subscribe": True})
    body = {"touser": openid, "template_id": "T1", "data": DATA}
    assert wechat.code("message/subscribe/bizsend", body) == 43101
    wechat.sim("consent", {"openid": openid, "template_id": "T1", "status": "accept"})
    popup = webhook.events("subscribe_msg_popup_event")[-1]
    assert popup.field("SubscribeMsgPopupEvent/List/SubscribeStatusString") == "accept"
    assert [wechat.code("message/subscribe/bizsend", body) for _ in range(2)] == [0, 43101]
    sent = webhook.wait_for("subscribe_msg_sent_event")
    assert sent.field("SubscribeMsgSentEvent/List/ErrorStatus") == "success"
    wechat.sim("consent", {"openid": openid, "template_id": "T1", "long_term": True})
    assert [wechat.code("message/subscribe/bizsend", body) for _ in range(3)] == [0, 0, 0]
    wechat.sim("consent", {"openid": openid, "template_id": "T1", "status": "reject", "withdraw": True})
    assert webhook.events("subscribe_msg_change_event")
    assert wechat.code("message/subscribe/bizsend", body) == 43101


def test_a_one_time_subscription(wechat: Client) -> None:
    openid = wechat.follower()
    body = {
        "touser": openid,
        "template_id": "O1",
        "scene": 7,
        "title": "报名成功",
        "data": {"content": {"value": "请准时"}},
    }
    assert wechat.code("message/template/subscribe", body) == 43101
    wechat.sim("consent", {"openid": openid, "template_id": "O1", "one_time": True, "scene": 7})
    assert wechat.code("message/template/subscribe", {**body, "title": "题" * 16}) == 40062
    assert [wechat.code("message/template/subscribe", body) for _ in range(2)] == [0, 43101]
