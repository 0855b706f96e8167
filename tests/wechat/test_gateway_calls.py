"""What goes over the wire, how often, and what each way of failing means."""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine

from bot.wechat.account import Account
from bot.wechat.errors import ApiError, Outcome
from bot.wechat.gateway import Answer, Gateway, connect
from bot.wechat.transport import MEDIA_BYTES
from tests.wechat.wire import OPENID, SECRET, Api, Reply

TEXT = {"msgtype": "text", "text": {"content": '您好 & 😀 <a href="https://例">详情</a>'}}
CUSTOM, SENDALL, TAGS = "/cgi-bin/message/custom/send", "/cgi-bin/message/mass/sendall", "/cgi-bin/tags/get"


@pytest.fixture
def gateway(account: Account, light_engine: Engine) -> Gateway:
    return connect(light_engine, account)


def says(api: Api, path: str, *replies: Reply | dict[str, Any]) -> None:
    """Answer one after the other, the last one for ever."""
    left = [reply if isinstance(reply, Reply) else Reply(reply) for reply in replies]
    api.answers[path] = lambda _: left.pop(0) if len(left) > 1 else left[0]


def test_words_leave_as_raw_utf8(api: Api, gateway: Gateway) -> None:
    assert gateway.send_custom(OPENID, TEXT).ok
    (call,) = api.calls(CUSTOM)
    assert call.query == {"access_token": "TOKEN1"}
    assert "您好 & 😀 <a href=".encode() in call.body
    assert b"\\u" not in call.body
    assert call.json == {"touser": OPENID, **TEXT}


def test_a_lone_surrogate_is_our_mistake_and_leaves_nothing(api: Api, gateway: Gateway) -> None:
    answer = gateway.send_custom(OPENID, {"msgtype": "text", "text": {"content": "\ud83d"}})
    assert answer.outcome is Outcome.BROKEN
    assert api.calls(CUSTOM) == []


@pytest.mark.parametrize("errcode", [40001, 40014, 41001, 42001])
def test_a_stale_token_is_replaced_and_the_call_repeated_once(
    errcode: int, api: Api, gateway: Gateway
) -> None:
    says(api, CUSTOM, {"errcode": errcode, "errmsg": "invalid credential rid: 6aac005a"}, {"errcode": 0})
    assert gateway.send_custom(OPENID, TEXT).outcome is Outcome.SENT
    assert [call.query["access_token"] for call in api.calls(CUSTOM)] == ["TOKEN1", "TOKEN2"]


def test_a_token_that_is_always_refused_costs_two_calls(api: Api, gateway: Gateway) -> None:
    says(api, CUSTOM, {"errcode": 40001, "errmsg": "invalid credential"})
    answer = gateway.send_custom(OPENID, TEXT)
    assert answer.outcome is Outcome.ADMIN
    assert len(api.calls(CUSTOM)) == 2
    assert len(api.fetches) == 2


def test_a_repeated_upload_carries_the_file_again(api: Api, gateway: Gateway) -> None:
    says(api, "/cgi-bin/media/upload", {"errcode": 42001}, {"media_id": "M"})
    answer = gateway.media_upload("image", "p.jpg", b"JPEG" * 1000, "image/jpeg")
    assert answer.data["media_id"] == "M"
    assert [b"JPEG" * 1000 in call.body for call in api.calls("/cgi-bin/media/upload")] == [True, True]


def test_busy_is_repeated_for_reading_only(api: Api, gateway: Gateway) -> None:
    busy = {"errcode": -1, "errmsg": "system error"}
    says(api, TAGS, busy, busy, {"tags": []})
    says(api, CUSTOM, busy)
    says(api, SENDALL, busy)
    assert gateway.tags_get().data == {"tags": []}
    assert gateway.send_custom(OPENID, TEXT).outcome is Outcome.LATER
    assert gateway.mass_send_tag(2, TEXT, "b1").outcome is Outcome.LATER
    assert [len(api.calls(path)) for path in (TAGS, CUSTOM, SENDALL)] == [3, 1, 1]


def test_busy_for_ever_is_given_up(api: Api, gateway: Gateway) -> None:
    says(api, TAGS, {"errcode": -1})
    assert gateway.tags_get().outcome is Outcome.LATER
    assert len(api.calls(TAGS)) == 3


Do = Callable[[Gateway], Answer]
ONCE: Do = lambda gateway: gateway.send_custom(OPENID, TEXT)  # noqa: E731
KEYED: Do = lambda gateway: gateway.mass_send_tag(None, TEXT, "b1")  # noqa: E731
READ: Do = lambda gateway: gateway.tags_get()  # noqa: E731
DOUBTFUL = {
    "HTML 502": Reply(b"<html>Bad Gateway</html>", 502, "text/html"),
    "HTML 200": Reply(b"<html>please log in</html>", 200, "text/html"),
    "JSON 503": Reply({"errcode": 0}, 503),
    "an empty body": Reply(b""),
    "half a JSON": Reply(b'{"errcode":0,'),
    "a JSON list": Reply(b"[]"),
    "a JSON of 200,000 levels": Reply(b'{"a":' + b"[" * 200_000),
    "hung up": Reply(hang_up=True),
    "too slow": Reply({"errcode": 0}, wait=5),
}


@pytest.mark.parametrize("case", DOUBTFUL)
def test_after_the_request_has_left_only_a_call_with_a_key_comes_later(
    case: str, api: Api, account: Account, light_engine: Engine
) -> None:
    gateway = connect(light_engine, replace(account, read_timeout=0.3))
    for path in (CUSTOM, SENDALL, TAGS):
        says(api, path, DOUBTFUL[case])
    assert ONCE(gateway).outcome is Outcome.UNKNOWN
    assert KEYED(gateway).outcome is Outcome.LATER
    assert READ(gateway).outcome is Outcome.LATER
    assert [len(api.calls(path)) for path in (CUSTOM, SENDALL, TAGS)] == [1, 1, 1]


@pytest.mark.parametrize("do", [ONCE, KEYED, READ])
def test_before_the_request_has_left_every_call_comes_later(
    do: Do, account: Account, light_engine: Engine
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = replace(account, api_base=f"http://127.0.0.1:{unused.getsockname()[1]}")
        for base in (nobody.api_base, "http://name.invalid"):
            gateway = Gateway(nobody, connect(light_engine, account)._tokens)
            gateway = Gateway(
                account, gateway._tokens, type(gateway._transport)(replace(nobody, api_base=base))
            )
            assert do(gateway).outcome is Outcome.LATER


def test_without_a_token_nothing_leaves_and_staff_learn_why(api: Api, gateway: Gateway) -> None:
    says(
        api, "/cgi-bin/stable_token", {"errcode": 40164, "errmsg": "invalid ip 203.0.113.7, not in whitelist"}
    )
    answer = gateway.send_custom(OPENID, TEXT)
    assert (answer.outcome, answer.errcode) == (Outcome.ADMIN, 40164)
    assert "203.0.113.7" in answer.detail
    assert api.calls(CUSTOM) == []


def test_a_token_fetch_that_fails_leaves_no_doubt_about_the_message(
    api: Api, account: Account, light_engine: Engine
) -> None:
    says(api, "/cgi-bin/stable_token", Reply(hang_up=True))
    assert ONCE(connect(light_engine, account)).outcome is Outcome.LATER


def test_a_mass_job_that_was_taken_before_is_sent_with_its_number(api: Api, gateway: Gateway) -> None:
    says(
        api,
        "/cgi-bin/message/mass/send",
        {"errcode": 45065, "errmsg": "clientmsgid exist", "msg_id": 1000000001},
    )
    answer = gateway.mass_send_openids([OPENID, OPENID], TEXT, "batch1")
    assert answer.ok
    assert answer.data["msg_id"] == 1000000001
    assert api.calls("/cgi-bin/message/mass/send")[0].json["clientmsgid"] == "batch1"


def test_a_mass_job_names_tag_id_and_never_group_id(api: Api, gateway: Gateway) -> None:
    gateway.mass_send_tag(2, TEXT, "b1")
    gateway.mass_send_tag(None, TEXT, "b2")
    filters = [call.json["filter"] for call in api.calls(SENDALL)]
    assert filters == [{"is_to_all": False, "tag_id": 2}, {"is_to_all": True}]


def test_a_person_out_of_reach_is_not_our_mistake(api: Api, gateway: Gateway) -> None:
    says(
        api,
        CUSTOM,
        {"errcode": 45015, "errmsg": "response out of time limit rid: 6aac005a-01bfdbee-79769285"},
    )
    answer = gateway.send_custom(OPENID, TEXT)
    assert answer.outcome is Outcome.USER
    assert "48 小时" in answer.detail


@pytest.mark.parametrize("errcode", ["0", 0])
def test_zero_in_any_spelling_is_success(errcode: object, api: Api, gateway: Gateway) -> None:
    says(api, CUSTOM, {"errcode": errcode})
    assert gateway.send_custom(OPENID, TEXT).ok


@pytest.mark.parametrize("errcode", [None, "x", "--1", {}, 1.5, True])
def test_an_errcode_that_is_none_is_not_success(errcode: object, api: Api, gateway: Gateway) -> None:
    says(api, CUSTOM, {"errcode": errcode})
    assert gateway.send_custom(OPENID, TEXT).outcome is Outcome.UNKNOWN


def test_a_wrong_address_is_our_mistake(api: Api, gateway: Gateway) -> None:
    says(api, CUSTOM, Reply(b"not found", 404, "text/plain"))
    says(api, SENDALL, Reply(b"", 302, "text/html"))
    assert ONCE(gateway).outcome is Outcome.BROKEN
    assert KEYED(gateway).outcome is Outcome.BROKEN


def test_a_file_comes_with_its_type(api: Api, gateway: Gateway) -> None:
    says(api, "/cgi-bin/media/get", Reply(b"\xff\xd8JPEG", content_type="image/jpeg"))
    media = gateway.media_get("M")
    assert (media.content, media.content_type) == (b"\xff\xd8JPEG", "image/jpeg")
    assert api.calls("/cgi-bin/media/get")[0].query["media_id"] == "M"


def test_a_video_is_fetched_from_wechat_only_and_without_the_token(api: Api, gateway: Gateway) -> None:
    says(
        api,
        "/cgi-bin/media/get",
        {"video_url": f"{api.url}/v.mp4"},
        {"video_url": "http://attacker.example/v.mp4"},
    )
    says(api, "/v.mp4", Reply(b"MP4", content_type="video/mp4"))
    assert gateway.media_get("M").content == b"MP4"
    assert api.calls("/v.mp4")[0].query == {}
    with pytest.raises(ApiError):
        gateway.media_get("M")


BAD_MEDIA = {
    "expired": (
        Reply({"errcode": 40007, "errmsg": "invalid media_id"}, content_type="text/plain"),
        Outcome.BROKEN,
    ),
    "too large": (Reply(b"x" * (MEDIA_BYTES + 1), content_type="image/jpeg"), Outcome.LATER),
    "a login page": (Reply(b"<html>", content_type="text/html"), Outcome.LATER),
    "nothing": (Reply(b"", content_type="image/jpeg"), Outcome.LATER),
    "no file in it": (Reply({"errcode": 0}), Outcome.BROKEN),
}


@pytest.mark.parametrize("case", BAD_MEDIA)
def test_what_is_not_a_file_is_an_error(case: str, api: Api, gateway: Gateway) -> None:
    reply, outcome = BAD_MEDIA[case]
    says(api, "/cgi-bin/media/get", reply)
    with pytest.raises(ApiError) as failed:
        gateway.media_get("M")
    assert failed.value.outcome is outcome


def test_an_answer_that_drips_does_not_hold_a_worker_for_ever(account: Account, light_engine: Engine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            line, _ = server.accept()
            with line:
                line.recv(65536)
                line.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nTransfer-Encoding: chunked\r\n\r\n"
                )
                try:
                    for _ in range(200):
                        line.sendall(b"1\r\nx\r\n")
                        time.sleep(0.05)
                except OSError:
                    return  # the client has had enough, as it should

        dripping = threading.Thread(target=drip)
        dripping.start()
        impatient = replace(account, api_base=f"http://127.0.0.1:{server.getsockname()[1]}", read_timeout=0.1)
        gateway = Gateway(impatient, connect(light_engine, account)._tokens)
        started = time.monotonic()
        with pytest.raises(ApiError):
            gateway.media_get("M")
        assert time.monotonic() - started < 4  # seconds, of ten that it would drip
        dripping.join()


CALLS: dict[str, tuple[Do, str, str]] = {
    "typing": (lambda g: g.typing(OPENID), "POST", "message/custom/typing"),
    "mass_get": (lambda g: g.mass_get("1"), "POST", "message/mass/get"),
    "mass_preview": (lambda g: g.mass_preview(OPENID, TEXT), "POST", "message/mass/preview"),
    "uploadimg": (lambda g: g.uploadimg("p.png", b"PNG", "image/png"), "POST", "media/uploadimg"),
    "add_material": (lambda g: g.add_material("image", "p.png", b"PNG", "image/png"), "POST", "material/add_material"),
    "menu_create": (lambda g: g.menu_create({"button": []}), "POST", "menu/create"),
    "menu_get": (lambda g: g.menu_get(), "GET", "menu/get"),
    "menu_delete": (lambda g: g.menu_delete(), "GET", "menu/delete"),
    "tags_create": (lambda g: g.tags_create("企业"), "POST", "tags/create"),
    "tags_get": (lambda g: g.tags_get(), "GET", "tags/get"),
    "tags_delete": (lambda g: g.tags_delete(100), "POST", "tags/delete"),
    "tag_members": (lambda g: g.tag_members(100), "POST", "user/tag/get"),
    "batchtagging": (lambda g: g.batchtagging(100, [OPENID]), "POST", "tags/members/batchtagging"),
    "batchuntagging": (lambda g: g.batchuntagging(100, [OPENID]), "POST", "tags/members/batchuntagging"),
    "user_get": (lambda g: g.user_get(OPENID), "GET", "user/get"),
    "user_info": (lambda g: g.user_info(OPENID), "GET", "user/info"),
    "user_batchget": (lambda g: g.user_batchget([OPENID]), "POST", "user/info/batchget"),
    "qrcode_create": (lambda g: g.qrcode_create("hall_07", 600), "POST", "qrcode/create"),
    "template_send": (lambda g: g.template_send(OPENID, {"template_id": "T"}), "POST", "message/template/send"),
    "subscribe_send": (lambda g: g.subscribe_send(OPENID, {"template_id": "T"}), "POST", "message/subscribe/bizsend"),
    "draft_add": (lambda g: g.draft_add([{"title": "T"}]), "POST", "draft/add"),
    "freepublish_submit": (lambda g: g.freepublish_submit("M"), "POST", "freepublish/submit"),
    "freepublish_get": (lambda g: g.freepublish_get("1"), "POST", "freepublish/get"),
    "quota_get": (lambda g: g.quota_get(CUSTOM), "POST", "openapi/quota/get"),
    "callback_ip": (lambda g: g.callback_ip(), "GET", "getcallbackip"),
    "api_domain_ip": (lambda g: g.api_domain_ip(), "GET", "get_api_domain_ip"),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_each_call_goes_where_the_platform_expects_it(name: str, api: Api, gateway: Gateway) -> None:
    do, method, path = CALLS[name]
    assert do(gateway).ok
    (call,) = api.calls(f"/cgi-bin/{path}")
    assert call.method == method
    assert call.query["access_token"] == "TOKEN1"
    assert (call.body == b"") == (method == "GET")


def test_nothing_secret_is_logged_or_told(
    api: Api, account: Account, light_engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    seen: list[str] = []
    gateway = connect(light_engine, replace(account, read_timeout=0.2), lambda *told: seen.append(repr(told)))
    answers = [ONCE(gateway)]
    leak = f"no {OPENID} access_token=TOKEN1 secret={SECRET}"
    for reply in (Reply({"errcode": 48001, "errmsg": leak}), Reply(hang_up=True), Reply({}, wait=2)):
        says(api, CUSTOM, reply)
        answers.append(ONCE(gateway))
    shown = " ".join([caplog.text, *seen, *map(repr, answers), *(str(answer.error()) for answer in answers)])
    assert len(seen) == 4
    for hidden in (OPENID, "TOKEN1", SECRET):
        assert hidden not in shown


def test_the_payload_of_a_call_is_json_that_wechat_can_read(api: Api, gateway: Gateway) -> None:
    gateway.menu_create({"button": [{"type": "click", "name": "问政策", "key": "MENU_政策"}]})
    body = api.calls("/cgi-bin/menu/create")[0].body
    assert json.loads(body)["button"][0]["name"] == "问政策"
    assert "问政策".encode() in body
