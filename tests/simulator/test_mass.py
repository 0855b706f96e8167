"""Mass sending, publishing and their events (platform §2.5, §2.6, §6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.simulator.kit import PNG, Client, Webhook, eventually

Open = Callable[..., Client]
DAY = 86400


def _to_all(wechat: Client, words: str = "通知", **more: Any) -> dict[str, Any]:
    body = {"filter": {"is_to_all": True}, "msgtype": "text", "text": {"content": words}, **more}
    return wechat.api("message/mass/sendall", body)


def _to(wechat: Client, openids: list[str], words: str, **more: Any) -> dict[str, Any]:
    body = {"touser": openids, "msgtype": "text", "text": {"content": words}, **more}
    return wechat.api("message/mass/send", body)


def test_a_draft_to_everybody(wechat: Client, webhook: Webhook) -> None:
    openids = wechat.sim("followers", {"count": 5})["openids"]
    wechat.sim("event", {"openid": openids[0], "Event": "unsubscribe"})
    wechat.sim("follower", {"openid": openids[1], "refuses": True})
    media_id = wechat.draft("民营经济促进法解读")
    body = {
        "filter": {"is_to_all": True},
        "msgtype": "mpnews",
        "mpnews": {"media_id": media_id},
        "clientmsgid": "b1",
    }
    sent = wechat.api("message/mass/sendall", body)
    assert sent["errmsg"] == "send job submission success"
    assert sent["msg_data_id"]
    event = webhook.wait_for("MASSSENDJOBFINISH")
    assert event.field("MsgID") == str(sent["msg_id"])
    assert event.field("FromUserName") in openids
    counts = {
        name: event.field(name) for name in ("Status", "TotalCount", "FilterCount", "SentCount", "ErrorCount")
    }
    assert list(counts.values()) == ["send success", "4", "3", "3", "0"]
    [seen] = wechat.outbox(openids[2])
    assert (seen["channel"], seen["articles"][0]["title"]) == ("mass", "民营经济促进法解读")
    page = requests.get(seen["articles"][0]["url"], timeout=9)
    assert "正文" in page.text
    assert wechat.code("draft/get", {"media_id": media_id}) == 40007
    assert wechat.api("message/mass/get", {"msg_id": sent["msg_id"]})["msg_status"] == "SEND_SUCCESS"
    again = wechat.api("message/mass/sendall", body)
    assert again["errcode"] == 40007  # the draft is gone
    assert wechat.code("message/mass/delete", {"msg_id": sent["msg_id"]}) == 0
    assert requests.get(seen["articles"][0]["url"], timeout=9).status_code == 404


def test_the_same_client_id_is_accepted_once_a_day(wechat: Client) -> None:
    openids = wechat.sim("followers", {"count": 2})["openids"]
    first = _to(wechat, openids, "一", clientmsgid="broadcast-7-1")
    again = _to(wechat, openids, "一", clientmsgid="broadcast-7-1")
    assert (again["errcode"], again["msg_id"]) == (45065, first["msg_id"])
    assert _to(wechat, openids, "二")["errcode"] == 0
    assert _to(wechat, openids, "二")["errcode"] == 45065  # the default id is a digest of scope and content
    assert _to(wechat, openids, "三", clientmsgid="x" * 33)["errcode"] == 45067
    wechat.later(DAY + 1)
    assert _to(Client(wechat.address), openids, "一", clientmsgid="broadcast-7-1")["errcode"] == 0
    eventually(lambda: wechat.sim("stats")["most_messages_of_one_broadcast_to_one_person"] == 2)


def test_a_subscription_account_sends_once_a_day(open_simulator: Open, webhook: Webhook) -> None:
    wechat = open_simulator(account_kind="subscription", followers=2)
    wechat.sim("faults", {"kind": "job", "path": "/cgi-bin/message/mass", "status": "err(20001)", "times": 1})
    assert _to_all(wechat, "一")["errcode"] == 0
    assert webhook.wait_for("MASSSENDJOBFINISH").field("Status") == "err(20001)"
    assert _to_all(wechat, "二")["errcode"] == 0  # the failed one gave its place back
    assert _to_all(wechat, "三")["errcode"] == 45028
    wechat.later(DAY)
    assert _to_all(Client(wechat.address), "四")["errcode"] == 0


def test_a_person_gets_four_mass_messages_a_month(wechat: Client, webhook: Webhook) -> None:
    wechat.sim("clock", {"set": "2026-12-01T09:00:00+08:00"})
    openids = wechat.sim("followers", {"count": 2})["openids"]
    for place in range(5):
        assert _to(wechat, openids, f"第{place}次")["errcode"] == 0
        event = webhook.wait_for("MASSSENDJOBFINISH", place + 1)
    assert (event.field("Status"), event.field("FilterCount"), event.field("SentCount")) == (
        "send fail",
        "0",
        "0",
    )
    assert len(wechat.outbox(openids[0])) == 4
    wechat.sim("clock", {"set": "2027-01-01T00:00:10+08:00"})
    _to(Client(wechat.address), openids, "新年")
    eventually(lambda: len(wechat.outbox(openids[0])) == 5)


def test_a_service_account_reaches_all_once_a_day(wechat: Client) -> None:
    wechat.follower()
    assert _to_all(wechat, "一")["errcode"] == 0
    assert _to_all(wechat, "二")["errcode"] == 45028


@pytest.mark.parametrize(("count", "errcode"), [(0, 40130), (1, 40130), (2, 0), (10_000, 0), (10_001, 40032)])
def test_sizes_of_lists(wechat: Client, count: int, errcode: int) -> None:
    openids = [wechat.follower(), *(f"oNobody{place}" for place in range(count - 1))][:count]
    assert _to(wechat, openids, "通知")["errcode"] == errcode


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"filter": {"is_to_all": False, "tag_id": 999}, "msgtype": "text", "text": {"content": "a"}}, 40152),
        ({"filter": {"is_to_all": True}, "msgtype": "mpnews", "mpnews": {"media_id": "no"}}, 40007),
        ({"filter": {"is_to_all": True}, "msgtype": "fax"}, 40008),
        ({"filter": {"is_to_all": True}, "msgtype": "wxcard", "wxcard": {"card_id": "1"}}, 45113),
        ({"filter": {"is_to_all": True}, "msgtype": "image", "images": {"media_ids": []}}, 40007),
    ],
)
def test_refused_mass_messages(wechat: Client, body: dict[str, Any], errcode: int) -> None:
    assert wechat.code("message/mass/sendall", body) == errcode


def test_to_a_tag(wechat: Client) -> None:
    inside, outside = wechat.sim("followers", {"count": 2})["openids"]
    tag = wechat.api("tags/create", {"tag": {"name": "餐饮商会"}})["tag"]["id"]
    wechat.api("tags/members/batchtagging", {"openid_list": [inside], "tagid": tag})
    _to_all(wechat, "商会通知", filter={"is_to_all": False, "tag_id": tag})
    eventually(lambda: wechat.outbox(inside))
    assert wechat.outbox(outside) == []


def test_a_preview_costs_nothing(wechat: Client) -> None:
    openid, media_id = wechat.follower(), wechat.draft()
    name = wechat.sim("followers")["followers"][0]["name"]
    for target in ({"touser": openid}, {"towxname": name}):
        body = {**target, "msgtype": "mpnews", "mpnews": {"media_id": media_id}}
        assert wechat.code("message/mass/preview", body) == 0
    assert [m["preview"] for m in wechat.outbox(openid)] == [True, True]
    assert wechat.code("draft/get", {"media_id": media_id}) == 0
    assert wechat.sim("stats")["most_messages_of_one_broadcast_to_one_person"] == 0


def test_publishing(wechat: Client, webhook: Webhook) -> None:
    media_id = wechat.draft("公开文章")
    wechat.follower()
    publish_id = wechat.api("freepublish/submit", {"media_id": media_id})["publish_id"]
    event = webhook.wait_for("PUBLISHJOBFINISH")
    assert event.field("PublishEventInfo/publish_id") == str(publish_id)
    assert event.field("PublishEventInfo/publish_status") == "0"
    url = event.field("PublishEventInfo/article_detail/item/article_url") or ""
    assert "公开文章" in requests.get(url, timeout=9).text
    shown = wechat.api("freepublish/get", {"publish_id": publish_id})
    assert shown["article_id"] == event.field("PublishEventInfo/article_id")
    assert wechat.api("freepublish/batchget", {"offset": 0, "count": 20})["total_count"] == 1
    assert wechat.code("freepublish/delete", {"article_id": shown["article_id"], "index": 1}) == 0
    assert wechat.code("freepublish/getarticle", {"article_id": "no"}) == 53600


def test_a_failed_publication_says_so(wechat: Client, webhook: Webhook) -> None:
    wechat.sim("faults", {"kind": "job", "path": "/cgi-bin/freepublish", "status": "4"})
    wechat.api("freepublish/submit", {"media_id": wechat.draft()})
    event = webhook.wait_for("PUBLISHJOBFINISH")
    assert event.field("PublishEventInfo/publish_status") == "4"
    assert event.field("PublishEventInfo/fail_idx") == "1"


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({}, 0),
        ({"title": ""}, 45003),
        ({"title": "题" * 33}, 45003),
        ({"author": "者" * 17}, 45004),
        ({"digest": "要" * 121}, 45004),
        ({"content": ""}, 45166),
        ({"content": "字" * 20_000}, 45166),
        ({"content_source_url": "https://a.cn/" + "x" * 1024}, 41039),
        ({"thumb_media_id": "no"}, 40007),
    ],
)
def test_articles(wechat: Client, change: dict[str, str], errcode: int) -> None:
    thumb = wechat.upload("material/add_material", PNG, type="image")["media_id"]
    article = {"title": "题", "content": "<p>正文</p>", "thumb_media_id": thumb, **change}
    assert wechat.code("draft/add", {"articles": [article]}) == errcode


def test_scripts_and_foreign_pictures_disappear_from_articles(wechat: Client) -> None:
    own = wechat.upload("media/uploadimg", PNG)["url"]
    thumb = wechat.upload("material/add_material", PNG, type="image")["media_id"]
    content = f'<p>正<script>x()</script>文<img src="https://evil.cn/a.png"><img src="{own}"></p>'
    article = {"title": "题", "content": content, "thumb_media_id": thumb}
    media_id = wechat.api("draft/add", {"articles": [article]})["media_id"]
    [kept] = wechat.api("draft/get", {"media_id": media_id})["news_item"]
    assert kept["content"] == f'<p>正文<img src="{own}"></p>'
    assert kept["digest"] == "正文"
    assert wechat.api("draft/batchget", {"offset": 0, "count": 1})["total_count"] == 1
    assert wechat.code("draft/update", {"media_id": media_id, "index": 1, "articles": article}) == 40114
    assert wechat.code("draft/delete", {"media_id": media_id}) == 0
    assert wechat.api("draft/count")["total_count"] == 0


@pytest.mark.parametrize(
    ("kind", "data", "errcode"),
    [
        ("image", PNG, 0),
        ("image", b"%PDF", 40005),
        ("image", b"", 40006),
        ("image", PNG + bytes(10 * 1024 * 1024), 45001),
        ("thumb", PNG, 40005),
        ("voice", b"#!AMR\n" + bytes(9), 0),
        ("fax", PNG, 40004),
    ],
)
def test_uploads(wechat: Client, kind: str, data: bytes, errcode: int) -> None:
    assert wechat.upload("media/upload", data, type=kind).get("errcode", 0) == errcode


def test_the_library(wechat: Client) -> None:
    made = wechat.upload("material/add_material", PNG, type="image")
    assert requests.get(made["url"], timeout=9).content == PNG
    assert wechat.api("material/get_materialcount")["image_count"] == 1
    listed = wechat.api("material/batchget_material", {"type": "image", "offset": 0, "count": 20})
    assert listed["item"][0]["media_id"] == made["media_id"]
    assert wechat.code("material/del_material", {"media_id": made["media_id"]}) == 0
    assert wechat.code("material/get_material", {"media_id": made["media_id"]}) == 40007
    temporary = wechat.upload("media/upload", PNG, type="image")["media_id"]
    assert wechat.code("material/del_material", {"media_id": temporary}) == 40007
