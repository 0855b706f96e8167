"""The HTTP of API calls, byte by byte, and what large accounts need of it."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable

import pytest

from tests.simulator.kit import Client

PATH = "/cgi-bin/message/custom/send"


def exchange(wechat: Client, *parts: bytes) -> bytes:
    """What comes back on one connection, which we close for writing after the last part."""
    host, _, port = wechat.address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=9) as line:
        for part in parts:
            line.sendall(part)
        line.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := line.recv(65536):
            answer += chunk
    return answer


def post(wechat: Client, body: bytes, *headers: str, version: str = "1.1") -> bytes:
    """A request for `PATH` with these headers."""
    head = [f"POST {PATH}?access_token={wechat.token()}&access_token=second HTTP/{version}", *headers]
    return "\r\n".join([*head, "\r\n"]).encode() + body


def test_a_body_may_come_in_chunks(wechat: Client) -> None:
    openid = wechat.follower()
    wechat.sim("say", {"openid": openid, "text": "1"})
    body = {"touser": openid, "msgtype": "text", "text": {"content": "分段"}}
    raw = json.dumps(body, ensure_ascii=False).encode()
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (raw[:9], raw[9:])) + b"0\r\n\r\n"
    assert b'"errcode": 0' in exchange(wechat, post(wechat, chunks, "Transfer-Encoding: chunked"))
    assert wechat.outbox(openid)[-1]["text"] == "分段"


def test_two_requests_at_once_on_one_connection_are_answered_in_turn(wechat: Client) -> None:
    one = post(wechat, b"{}", "Content-Length: 2")
    assert exchange(wechat, one + one).count(b"HTTP/1.1 200 OK") == 2


@pytest.mark.parametrize(("header", "version"), [("Connection: close", "1.1"), ("X: y", "1.0")])
def test_a_connection_ends_when_the_caller_wants_it(header: str, version: str, wechat: Client) -> None:
    one = post(wechat, b"{}", header, "Content-Length: 2", version=version)
    assert exchange(wechat, one + one).count(b"HTTP/1.1 200 OK") == 1


def test_a_caller_that_asks_first_is_told_to_go_on(wechat: Client) -> None:
    answer = exchange(wechat, post(wechat, b"{}", "Content-Length: 2", "Expect: 100-continue"))
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")


@pytest.mark.parametrize(
    "broken",
    [
        b"POST /cgi-bin/x\r\n\r\n",
        b"POST /cgi-bin/x HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST /cgi-bin/x HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /cgi-bin/x HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
        b"POST /cgi-bin/x HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf",
        b"POST /cgi-bin/x HTTP/1.1\r\n" + b"".join(b"h%d: x\r\n" % n for n in range(200)) + b"\r\n",
    ],
)
def test_broken_requests_are_refused_and_the_connection_ends(broken: bytes, wechat: Client) -> None:
    assert exchange(wechat, broken).startswith(b"HTTP/1.1 400 ")


def test_codes_on_one_path_stand_side_by_side(wechat: Client) -> None:
    wechat.token()
    rules = [{"errcode": code, "path": "/cgi-bin/tags", "times": 2} for code in (-1, 45009)]
    wechat.sim("faults", {"faults": rules})
    assert [wechat.code("tags/get") for _ in range(5)] == [45009, 45009, -1, -1, 0]
    assert [rule["left"] for rule in wechat.sim("faults")["faults"]] == [0, 0]


def test_a_token_that_somebody_else_has_replaced_is_dead(wechat: Client) -> None:
    first = wechat.token()
    wechat.sim("faults", {"kind": "token", "path": "/cgi-bin/tags", "times": 1})
    assert [wechat.code("tags/get", token=first) for _ in range(2)] == [40001, 40001]
    second = Client(wechat.address).token()
    assert second != first
    assert wechat.code("tags/get", token=second) == 0


def test_people_who_have_written_may_be_written_to(wechat: Client) -> None:
    wrote, silent = (
        wechat.sim("followers", {"count": 1, "wrote": wrote})["openids"][0] for wrote in (True, False)
    )
    assert [wechat.text(wrote) for _ in range(6)] == [0] * 5 + [45047]
    assert wechat.text(silent) == 45015


def test_pages_go_on_behind_somebody_who_left(open_simulator: Callable[..., Client]) -> None:
    wechat = open_simulator(followers=10_003)
    first = wechat.api("user/get")
    gone = first["next_openid"]
    wechat.sim("event", {"openid": gone, "Event": "unsubscribe"})
    rest = wechat.api("user/get", next_openid=gone)
    assert (rest["total"], rest["count"]) == (10_002, 3)
    stats = wechat.sim("stats")
    assert (stats["followers"], stats["subscribed"]) == (10_003, 10_002)


def test_the_same_words_twice_to_one_person_show_in_the_statistics(wechat: Client) -> None:
    people = wechat.sim("followers", {"count": 3, "wrote": True})["openids"]
    for openid in people:
        wechat.text(openid, "第一期：请查收")
    most = "most_messages_of_one_broadcast_to_one_person"
    assert wechat.sim("stats")[most] == 1
    wechat.text(people[1], "第二期：请查收")
    assert wechat.sim("stats")[most] == 1
    wechat.text(people[1], "第一期：请查收")
    assert wechat.sim("stats")[most] == 2
    assert wechat.sim("received", contains="第一期")["received"] == {
        people[0]: 1,
        people[1]: 2,
        people[2]: 1,
    }
