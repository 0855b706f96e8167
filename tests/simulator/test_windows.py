"""Customer-service windows, with the clock moved (platform §5)."""

from __future__ import annotations

import pytest

from tests.simulator.kit import Client

HOUR = 3600


def test_five_messages_after_a_message(wechat: Client) -> None:
    openid = wechat.follower()
    assert wechat.text(openid) == 45015
    wechat.sim("say", {"openid": openid, "text": "您好"})
    assert [wechat.text(openid) for _ in range(6)] == [0] * 5 + [45047]
    wechat.sim("say", {"openid": openid, "text": "您好"})
    assert wechat.text(openid) == 0


@pytest.mark.parametrize(("seconds", "errcode"), [(48 * HOUR - 5, 0), (48 * HOUR + 5, 45015)])
def test_the_window_is_forty_eight_hours(wechat: Client, seconds: int, errcode: int) -> None:
    openid = wechat.follower()
    wechat.sim("say", {"openid": openid, "text": "您好"})
    wechat.later(seconds)
    assert Client(wechat.address).text(openid) == errcode


@pytest.mark.parametrize(
    ("event", "messages"),
    [
        ({"Event": "CLICK", "EventKey": "K"}, 3),
        ({"Event": "SCAN", "EventKey": "hall"}, 3),
        ({"Event": "subscribe"}, 3),
        ({"Event": "scancode_push", "EventKey": "K"}, 3),
        ({"Event": "scancode_waitmsg", "EventKey": "K"}, 3),
        ({"Event": "VIEW", "EventKey": "https://a.cn/"}, 0),
        ({"Event": "pic_weixin", "EventKey": "K"}, 0),
        ({"Event": "LOCATION"}, 0),
    ],
)
def test_taps_open_three_messages_for_a_minute(wechat: Client, event: dict[str, str], messages: int) -> None:
    openid = wechat.follower()
    wechat.sim("event", {"openid": openid, **event})
    assert [wechat.text(openid) for _ in range(messages)] == [0] * messages
    assert wechat.text(openid) == (45047 if messages else 45015)
    wechat.later(61)
    assert wechat.text(openid) == 45015


def test_a_tap_on_a_message_menu_counts_as_a_tap(wechat: Client) -> None:
    openid = wechat.follower()
    wechat.sim("say", {"openid": openid, "text": "满意", "bizmsgmenuid": "101"})
    assert [wechat.text(openid) for _ in range(4)] == [0, 0, 0, 45047]


def test_the_window_that_closes_first_is_spent_first(wechat: Client) -> None:
    openid = wechat.follower()
    wechat.sim("say", {"openid": openid, "text": "您好"})
    wechat.sim("event", {"openid": openid, "Event": "CLICK", "EventKey": "K"})
    assert [wechat.text(openid) for _ in range(3)] == [0] * 3
    wechat.later(61)
    assert [wechat.text(openid) for _ in range(6)] == [0] * 5 + [45047]


def test_who_cannot_be_reached(wechat: Client) -> None:
    assert wechat.text("oNobody") == 40003
    stranger = wechat.sim("followers", {"count": 1, "subscribed": False})["openids"][0]
    assert wechat.text(stranger) == 43004
    openid = wechat.follower()
    wechat.sim("say", {"openid": openid, "text": "您好"})
    wechat.sim("follower", {"openid": openid, "refuses": True})
    assert wechat.text(openid) == 48002
    wechat.sim("event", {"openid": openid, "Event": "unsubscribe"})
    assert wechat.text(openid) == 45015


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"msgtype": "text", "text": {"content": "字" * 682}}, 0),
        ({"msgtype": "text", "text": {"content": "字" * 683}}, 45002),
        ({"msgtype": "text", "text": {"content": ""}}, 44004),
        ({"msgtype": "text"}, 44004),
        ({"msgtype": "fax", "fax": {}}, 40008),
        ({"msgtype": "image", "image": {"media_id": "no"}}, 40007),
        ({"msgtype": "news", "news": {"articles": [{"title": "a"}]}}, 0),
        ({"msgtype": "news", "news": {"articles": [{"title": "a"}] * 2}}, 45008),
        ({"msgtype": "mpnewsarticle", "mpnewsarticle": {"article_id": "no"}}, 53600),
        ({"msgtype": "msgmenu", "msgmenu": {"list": [{"id": "1", "content": "有帮助"}]}}, 0),
        ({"msgtype": "msgmenu", "msgmenu": {"list": [{"id": "1", "content": "a"}] * 11}}, 45098),
        ({"msgtype": "text", "text": {"content": "好"}, "aimsgcontext": {"is_ai_msg": 1}}, 0),
    ],
)
def test_kinds_of_messages(wechat: Client, body: dict[str, object], errcode: int) -> None:
    openid = wechat.follower()
    wechat.sim("say", {"openid": openid, "text": "您好"})
    assert wechat.code("message/custom/send", {"touser": openid, **body}) == errcode
    seen = [m for m in wechat.outbox(openid) if m["channel"] == "custom"]
    assert len(seen) == (errcode == 0)


def test_typing(wechat: Client) -> None:
    openid = wechat.follower()

    def typing(command: str = "Typing") -> int:
        return wechat.code("message/custom/typing", {"touser": openid, "command": command})

    assert typing("Dance") == 45072
    assert typing() == 45080
    wechat.sim("say", {"openid": openid, "text": "您好"})
    assert [typing(), typing()] == [0, 45081]
    assert [typing("CancelTyping"), typing()] == [0, 0]
    wechat.text(openid)
    assert typing() == 0
    wechat.later(31)
    assert typing() == 45080
