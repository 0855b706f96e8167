"""Connections: how many are opened, by which way they go, and what a failure on each stretch means."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from bot.core import clock
from bot.wechat.account import Account
from bot.wechat.errors import Outcome
from bot.wechat.replies import Text, render
from bot.wechat.transport import Call, Safety, Transport
from tests.wechat.wire import Api

SEND = Call("POST", "/cgi-bin/message/custom/send", Safety.ONCE, body={"touser": "x"})


@contextmanager
def listening(answer: bytes, *, drip: float = 0) -> Iterator[tuple[str, list[bytes]]]:
    """A server that sends the same bytes to everybody, with `drip` seconds before each; and what it was sent."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return  # the test is over
                with line:
                    heard.append(line.recv(65536))
                    try:
                        for byte in answer if drip else [answer]:
                            time.sleep(drip)
                            line.sendall(bytes([byte]) if isinstance(byte, int) else byte)
                    except OSError:
                        continue  # the client has had enough

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", heard
        server.shutdown(socket.SHUT_RDWR)


def test_threads_share_connections_and_keep_them(api: Api, account: Account) -> None:
    transport, opened = Transport(account), set()
    for _ in range(20):
        assert transport.send(SEND, "T").ok
        pool = transport._pools.connection_from_url(account.api_base)
        opened.add(pool.num_connections)
    assert opened == {1}
    threads = [threading.Thread(target=transport.send, args=(SEND, "T")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(api.calls(SEND.path)) == 28
    assert pool.num_connections <= 9


def test_a_call_goes_through_the_proxy_that_the_environment_names(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"errcode":0}'
    outside = replace(account, api_base="http://api.example")
    with listening(answer) as (proxy, heard):
        monkeypatch.setenv("http_proxy", proxy.replace("http://", "http://name:p%40ss@"))
        monkeypatch.delenv("no_proxy", raising=False)
        assert Transport(outside).send(SEND, "T").ok
    assert heard[0].startswith(b"POST http://api.example/cgi-bin/message/custom/send?access_token=T ")
    assert b"bmFtZTpwQHNz" in heard[0]  # name:p@ss


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "socks5://127.0.0.1:9", "http://[", "gopher://x"])
def test_a_proxy_that_cannot_be_used_lets_nothing_leave(
    proxy: str, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.delenv("no_proxy", raising=False)
    transport = Transport(replace(account, api_base="http://api.example"))
    assert transport.send(SEND, "T").outcome is Outcome.LATER


def test_the_simulator_next_door_is_reached_whatever_the_environment_says(
    api: Api, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert Transport(account).send(SEND, "T").ok


def test_a_dripping_answer_of_known_length_is_given_up_too(account: Account) -> None:
    with listening(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + b"x" * 900, drip=0.02) as (url, _):
        transport = Transport(replace(account, api_base=url, read_timeout=0.2))
        started = time.monotonic()
        assert transport.send(SEND, "T").outcome is Outcome.UNKNOWN
        assert time.monotonic() - started < 6  # seconds, of eighteen that it would drip


def test_a_connection_that_the_other_side_has_closed_is_not_used_again(account: Account) -> None:
    answer = b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"errcode":0}'
    with listening(answer) as (url, heard):
        transport = Transport(replace(account, api_base=url))
        for _ in range(5):
            assert transport.send(SEND, "T").ok
            time.sleep(0.05)  # the other side's goodbye arrives
    assert len(heard) == 5


def test_no_carriage_return_reaches_a_follower(api: Api, account: Account) -> None:
    typed = "第一行\r\n第二行\r第三行\n路径 C:\\r\\n"
    body = {"touser": "x", "text": {"content": typed}, "articles": [{"title": typed}], "count": 1}
    assert Transport(account).send(replace(SEND, body=body), "T").ok
    usual = "第一行\n第二行\n第三行\n路径 C:\\r\\n"
    (sent,) = api.calls(SEND.path)
    assert sent.json == {
        "touser": "x", "text": {"content": usual}, "articles": [{"title": usual}], "count": 1,
    }  # fmt: skip
    reply = render(Text(typed), to="x", sender="y", at=clock.now())
    assert "\r" not in reply
    assert usual in reply
