"""A simulator over real HTTP, and a webhook that answers whatever a test wants."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import requests

Json = dict[str, Any]
APPID, SECRET, TOKEN = "wx0123456789abcdef", "s" * 32, "AAAAA"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
ORIGINAL_ID = "gh_0123456789ab"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(60)
JPG = b"\xff\xd8\xff\xe0" + bytes(60)


@dataclass
class Push:
    """One delivery as the webhook got it."""

    query: dict[str, str]
    body: bytes

    def field(self, path: str) -> str | None:
        """An element of the XML, None when it is not there."""
        return ET.fromstring(self.body).findtext(path)


Answer = bytes | tuple[int, bytes]


@dataclass
class Webhook:
    """A server of our own; `answer` decides, all pushes are kept."""

    answer: Callable[[Push], Answer] = lambda push: b"success"
    pushes: list[Push] = field(default_factory=list)
    address: str = ""

    def start(self) -> str:
        """Listen on a free port; the address to push to."""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                push = Push(
                    {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}, body
                )
                outer.pushes.append(push)
                answer = outer.answer(push)
                status, content = answer if isinstance(answer, tuple) else (200, answer)
                try:
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                except ConnectionError:
                    pass  # the platform had stopped listening

            def do_GET(self) -> None:
                query = parse_qs(urlsplit(self.path).query)
                content = query.get("echostr", [""])[0].encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                """Keep the tests' output clean."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.block_on_close = False
        threading.Thread(target=self.server.serve_forever, args=(0.005,), daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}/wechat"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def events(self, name: str) -> list[Push]:
        """The pushed events of this name (plain mode)."""
        return [one for one in self.pushes if one.field("Event") == name]

    def wait_for(self, name: str, count: int = 1) -> Push:
        """The newest event of this name, when there are at least `count`."""
        eventually(lambda: len(self.events(name)) >= count)
        return self.events(name)[-1]


def reply(push: Push, inside: str, kind: str = "text") -> bytes:
    """A reply in plain XML with these elements inside."""
    return (
        f"<xml><ToUserName><![CDATA[{push.field('FromUserName')}]]></ToUserName>"
        f"<FromUserName><![CDATA[{push.field('ToUserName')}]]></FromUserName>"
        f"<CreateTime>1795400002</CreateTime><MsgType><![CDATA[{kind}]]></MsgType>{inside}</xml>"
    ).encode()


def says(words: str) -> Callable[[Push], Answer]:
    """A webhook's answer: always this text."""
    return lambda push: reply(push, f"<Content><![CDATA[{words}]]></Content>")


def news(count: int) -> str:
    """The elements of a news reply."""
    item = (
        "<item><Title>T</Title><Description>D</Description><PicUrl></PicUrl><Url>https://a.cn/</Url></item>"
    )
    return f"<ArticleCount>{count}</ArticleCount><Articles>{item * count}</Articles>"


class Client:
    """Talks to one simulator as the account (api) and as the test's hand (sim)."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._token = ""

    def token(self) -> str:
        """A stable token, fetched once."""
        if not self._token:
            self._token = self.api("stable_token", credentials(), token="")["access_token"]
        return self._token

    def api(self, path: str, body: Json | None = None, *, token: str | None = None, **params: Any) -> Json:
        """POST with a body, GET without; the JSON answer, which always comes with HTTP 200."""
        given = self.token() if token is None else token
        params = {**params, **({"access_token": given} if given else {})}
        url = f"{self.address}/cgi-bin/{path}"
        answer = (
            requests.get(url, params=params, timeout=20)
            if body is None
            else requests.post(url, params=params, data=raw(body), timeout=20)
        )
        assert answer.status_code == 200
        result: Json = answer.json()
        return result

    def code(self, path: str, body: Json | None = None, **params: Any) -> int:
        """The errcode alone, 0 when there is none."""
        return int(self.api(path, body, **params).get("errcode", 0))

    def upload(self, path: str, data: bytes, **params: Any) -> Json:
        """Send a file as the account."""
        params = {**params, "access_token": self.token()}
        url = f"{self.address}/cgi-bin/{path}"
        result: Json = requests.post(url, params=params, files={"media": ("a.png", data)}, timeout=20).json()
        return result

    def sim(self, verb: str, body: Any = None, **params: Any) -> Json:
        """The control API."""
        url = f"{self.address}/sim/{verb}"
        answer = (
            requests.get(url, params=params, timeout=30)
            if body is None
            else requests.post(url, json=body, timeout=30)
        )
        assert answer.status_code == 200, answer.text
        result: Json = answer.json()
        return result

    def follower(self) -> str:
        """A new follower's openid."""
        return str(self.sim("followers", {"count": 1})["openids"][0])

    def outbox(self, openid: str) -> list[Json]:
        """What a follower has seen."""
        messages: list[Json] = self.sim("outbox", openid=openid)["messages"]
        return messages

    def later(self, seconds: float) -> None:
        """Let time pass."""
        self.sim("clock", {"advance_seconds": seconds})

    def text(self, openid: str, words: str = "您好") -> int:
        """The errcode of one customer-service text."""
        return self.code(
            "message/custom/send", {"touser": openid, "msgtype": "text", "text": {"content": words}}
        )

    def draft(self, title: str = "政策解读") -> str:
        """The media_id of a new draft."""
        thumb = self.upload("material/add_material", PNG, type="image")["media_id"]
        article = {"title": title, "content": "<p>正文</p>", "thumb_media_id": thumb}
        return str(self.api("draft/add", {"articles": [article]})["media_id"])


def raw(body: Json) -> bytes:
    """JSON as the platform wants it: no \\u escapes."""
    return json.dumps(body, ensure_ascii=False).encode()


def credentials(**more: Any) -> Json:
    """What the token interfaces ask for."""
    return {"grant_type": "client_credential", "appid": APPID, "secret": SECRET, **more}


def eventually(holds: Callable[[], Any], seconds: float = 8.0) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.02)
